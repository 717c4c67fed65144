import { closeSync, existsSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { isSameProcess, type ProcessIdentity, signalPid } from '../process/identity.ts';
import { describeExit } from '../process/instance.ts';
import { type Account, endWithParent } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { postgresEnvironment } from './cluster.ts';
import { type RunningPostmaster, readPostmaster } from './postmaster-file.ts';
import { commandLine, type PostgresSettings } from './settings.ts';

export type StopMode = 'smart' | 'fast' | 'immediate';

export type ReadyOutcome = { ready: true } | { ready: false; log: string };

const signals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

const logBytesMax = 4 * 1024 * 1024;

/** A postmaster: our child, or one that was found running. */
export class ServerProcess {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
  readonly logFile: string;
  readonly exited: Promise<string>;
  readonly #dataDir: string;
  readonly #logStart: number;
  #gone = false;
  // A program that ends with an exception or process.exit must not leave its server behind.
  readonly #atExit = () => this.kill(signals.fast);
  #stopping: Promise<void> | undefined;

  private constructor(origin: {
    dataDir: string;
    pid: number;
    port: number;
    adopted: boolean;
    logStart: number;
    exited: Promise<string>;
  }) {
    this.#dataDir = origin.dataDir;
    this.#logStart = origin.logStart;
    this.pid = origin.pid;
    this.port = origin.port;
    this.adopted = origin.adopted;
    this.logFile = logFileOf(origin.dataDir);
    process.once('exit', this.#atExit);
    this.exited = origin.exited.then((how) => {
      this.#gone = true;
      this.leave();
      return how;
    });
  }

  static spawn(
    origin: { dataDir: string; binaries: PostgresBinaries; account: Account; outliveParent: boolean },
    settings: PostgresSettings & { port: number },
  ): ServerProcess {
    const { dataDir, binaries, account, outliveParent } = origin;
    const logFile = logFileOf(dataDir);
    if (existsSync(logFile) && statSync(logFile).size > logBytesMax) truncateSync(logFile);
    // It logs to a file, so that it can outlive us without a broken pipe.
    const log = openSync(logFile, 'a', 0o600);
    const logStart = fstatSync(log).size;
    const prefix = [...account.prefix, ...(outliveParent ? [] : endWithParent())];
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
    const { pid } = child;
    const exited = child.exited.then(() => describeExit(child.exitCode, child.signalCode));
    return new ServerProcess({ dataDir, pid, port: settings.port, adopted: false, logStart, exited });
  }

  static adopt(dataDir: string, running: RunningPostmaster): ServerProcess {
    const { process: identity, port } = running;
    const logFile = logFileOf(dataDir);
    const logStart = existsSync(logFile) ? statSync(logFile).size : 0;
    const exited = untilGone(identity);
    return new ServerProcess({ dataDir, pid: identity.pid, port, adopted: true, logStart, exited });
  }

  /** Waits until the server accepts connections, has exited, or the deadline (a performance.now()) has come. */
  async ready(deadline: number): Promise<ReadyOutcome> {
    while (!this.#gone && performance.now() < deadline) {
      const running = readPostmaster(this.#dataDir);
      if (running?.ready && running.process.pid === this.pid) return { ready: true };
      await Bun.sleep(10);
    }
    return { ready: false, log: this.#recentLog() };
  }

  /** Keeps it running when this process ends. */
  leave(): void {
    process.off('exit', this.#atExit);
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#gone) signalPid(this.pid, signal);
  }

  stop(mode: StopMode = 'fast'): Promise<void> {
    // A second, more urgent call: its signal shortens the wait of the first.
    if (this.#stopping && mode !== 'smart') this.kill(signals[mode]);
    this.#stopping ??= this.#stop(mode);
    return this.#stopping;
  }

  async #stop(mode: StopMode): Promise<void> {
    this.kill(signals[mode]);
    const steps: [NodeJS.Signals, number][] = [
      [signals.immediate, mode === 'smart' ? 60_000 : 15_000],
      ['SIGKILL', 5_000],
    ];
    for (const [signal, patienceMs] of steps) {
      if (await this.#goneWithin(patienceMs)) return;
      this.kill(signal);
    }
    await this.exited;
  }

  async #goneWithin(patienceMs: number): Promise<boolean> {
    let timer: Timer | undefined;
    const timeout = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, patienceMs, false);
    });
    const gone = await Promise.race([this.exited.then(() => true), timeout]);
    clearTimeout(timer);
    return gone;
  }

  #recentLog(): string {
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

function logFileOf(dataDir: string): string {
  return join(dataDir, 'server.log');
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
