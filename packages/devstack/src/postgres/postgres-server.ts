import { closeSync, existsSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { isSameProcess, type ProcessIdentity, signalPid } from '../process/identity.ts';
import { describeExit } from '../supervisor/instance.ts';
import { type Account, endWithParent } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { postgresEnvironment } from './cluster.ts';
import { type RunningPostmaster, readPostmaster } from './postmaster-file.ts';
import { commandLine, type PostgresSettings } from './settings.ts';

/** `fast` ends sessions and closes cleanly; `immediate` crashes it. */
export type StopMode = 'fast' | 'immediate';

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

const logBytesMax = 4 * 1024 * 1024;

/** How a server is started on a data folder, and reached. */
export type ServerOrigin = {
  dataDir: string;
  binaries: PostgresBinaries;
  account: Account;
  urlAt: (port: number) => string;
};

/** A postmaster: our child, or one that was found running. */
export class PostgresServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** It was already running, left by a killed parent; `stop` ends it nevertheless. */
  readonly adopted: boolean;
  /** Where it writes its log. */
  readonly logFile: string;
  /** Resolves once the server process is gone, with how it ended in words. */
  readonly exited: Promise<string>;
  readonly #dataDir: string;
  readonly #logStart: number;
  #gone = false;
  // A program that ends with an exception or process.exit must not leave its server behind.
  readonly #atExit = () => this.kill(signals.fast);
  #stopping: Promise<void> | undefined;

  private constructor(
    { dataDir, urlAt }: ServerOrigin,
    found: { pid: number; port: number; adopted: boolean; logStart: number; exited: Promise<string> },
  ) {
    this.#dataDir = dataDir;
    this.#logStart = found.logStart;
    this.url = urlAt(found.port);
    this.port = found.port;
    this.pid = found.pid;
    this.adopted = found.adopted;
    this.logFile = logFileOf(dataDir);
    process.once('exit', this.#atExit);
    this.exited = found.exited.then((how) => {
      this.#gone = true;
      this.leave();
      return how;
    });
  }

  static spawn(origin: ServerOrigin, settings: PostgresSettings & { port: number }): PostgresServer {
    const { dataDir, binaries, account } = origin;
    const logFile = logFileOf(dataDir);
    if (logSize(dataDir) > logBytesMax) truncateSync(logFile);
    // It logs to a file, so that it can outlive us without a broken pipe.
    const log = openSync(logFile, 'a', 0o600);
    const logStart = fstatSync(log).size;
    const prefix = [...account.prefix, ...endWithParent()];
    const child = Bun.spawn([...prefix, binaries.postgres, '-D', dataDir, ...commandLine(settings)], {
      env: postgresEnvironment(),
      stdin: 'ignore',
      stdout: log,
      stderr: log,
      // In its own session, Ctrl-C in the terminal reaches only us, and we stop it when its turn comes.
      detached: true,
    });
    closeSync(log);
    child.unref();
    const exited = child.exited.then(() => describeExit(child.exitCode, child.signalCode));
    const { port } = settings;
    return new PostgresServer(origin, { pid: child.pid, port, adopted: false, logStart, exited });
  }

  static adopt(origin: ServerOrigin, { process: identity, port }: RunningPostmaster): PostgresServer {
    const logStart = logSize(origin.dataDir);
    const exited = untilGone(identity);
    return new PostgresServer(origin, { pid: identity.pid, port, adopted: true, logStart, exited });
  }

  /** Resolves with whether it accepts connections: false once it has exited or the deadline (a performance.now()) has come. */
  async ready(deadline: number): Promise<boolean> {
    while (!this.#gone && performance.now() < deadline) {
      const running = readPostmaster(this.#dataDir);
      if (running?.ready && running.process.pid === this.pid) return true;
      await Bun.sleep(10);
    }
    return false;
  }

  /** Keeps it running when this process ends. */
  leave(): void {
    process.off('exit', this.#atExit);
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#gone) signalPid(this.pid, signal);
  }

  /** Ends it, by force if it takes long. Idempotent; a later, more urgent call shortens the wait of the first. */
  stop(mode: StopMode = 'fast'): Promise<void> {
    this.kill(signals[mode]);
    this.#stopping ??= this.#untilStopped();
    return this.#stopping;
  }

  async #untilStopped(): Promise<void> {
    const timers = [
      setTimeout(() => this.kill(signals.immediate), 15_000),
      setTimeout(() => this.kill('SIGKILL'), 20_000),
    ];
    await this.exited;
    for (const timer of timers) clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The end of what it has logged since its start. */
  recentLog(): string {
    if (!existsSync(this.logFile)) return '';
    const file = openSync(this.logFile, 'r');
    try {
      const start = Math.max(this.#logStart, fstatSync(file).size - 4096);
      const buffer = Buffer.alloc(4096);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start));
    } finally {
      closeSync(file);
    }
  }
}

/** The file to which the server on a data folder writes its log. */
function logFileOf(dataDir: string): string {
  return join(dataDir, 'server.log');
}

/** Of that file, in bytes. */
export function logSize(dataDir: string): number {
  return statSync(logFileOf(dataDir), { throwIfNoEntry: false })?.size ?? 0;
}

// Nothing notifies us of the end of a process that is not our child.
function untilGone(identity: ProcessIdentity): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (isSameProcess(identity)) return;
      clearInterval(timer);
      resolve('has ended');
    }, 200);
    timer.unref();
  });
}
