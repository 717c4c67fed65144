import { formatLine } from '../log/format-line.ts';
import { StackError } from '../stack-error.ts';
import { type BackoffPolicy, backoffMs, defaultBackoff } from './backoff.ts';
import type { Instance, Launch } from './instance.ts';

export type SupervisorOptions = {
  name: string;
  launch: Launch;
  /** Gets every line that it prints, on standard output or error. */
  onLine?: (line: string) => void;
  /** Gets what there is to say about it: why it died, when it is restarted. */
  onMessage?: (message: string) => void;
  /** Gets the pid of each new process. */
  onLaunched?: (pid: number) => void;
  backoff?: BackoffPolicy | undefined;
  /** How long the first start may take until it is ready. Default 60 s. */
  startTimeoutMs?: number | undefined;
  /** How long a graceful stop may take before it is forced. Default 30 s. */
  stopTimeoutMs?: number | undefined;
};

/** A child that dies this often before it was ever ready is given up. */
const startAttempts = 3;

/** The last lines are shown after every so many failures in a row. */
const reportEvery = 5;
const lastLinesMax = 20;
const lastLineCharsMax = 2_000;

const deadly = new Set<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT']);

/*
 *            launch              ready
 * stopped ───────────► starting ───────► ready
 *    ▲                    │ died           │ died
 *    │ stop, or gave up   ▼                ▼
 *    └─────────────── backing off ◄────────┘      then launch again
 */
/** Keeps one process alive: starts it, restarts it with backoff when it dies, and stops it. */
export class Supervisor {
  readonly name: string;
  readonly #options: SupervisorOptions;
  readonly #backoff: BackoffPolicy;
  #instance: Instance | null = null;
  #lastLines: string[] = [];
  #wanted = false;
  #wasReady = false;
  #loop: Promise<void> | undefined;
  #wake = () => {};
  #readiness = newReadiness();

  constructor(options: SupervisorOptions) {
    this.name = options.name;
    this.#options = options;
    this.#backoff = options.backoff ?? defaultBackoff;
  }

  /** Of the current process; null while there is none. */
  get pid(): number | null {
    return this.#instance?.pid ?? null;
  }

  /** Starts it and resolves once it is ready. Rejects with a StackError if it dies or hangs instead. */
  async start(): Promise<void> {
    if (!this.#wanted) {
      await this.#loop;
      this.#wanted = true;
      this.#wasReady = false;
      this.#readiness = newReadiness();
      this.#loop = this.#run();
    }
    const timeoutMs = this.#options.startTimeoutMs ?? 60_000;
    const timer = setTimeout(() => this.#giveUp(`is not ready after ${timeoutMs / 1000} s`), timeoutMs);
    try {
      await this.ready();
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when it is ready: now, or after the current restart. Rejects if it is stopped. */
  ready(): Promise<void> {
    return this.#readiness.promise;
  }

  /** Sends a signal to the current process; if that ends it, it is restarted. */
  kill(signal: NodeJS.Signals): void {
    if (deadly.has(signal)) this.#unready();
    this.#instance?.kill(signal);
  }

  /** Stops it gracefully, by force after the deadline. Idempotent; `start` may follow. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#readiness.reject(new StackError(`${this.name} was stopped.`));
    this.#wake();
    await this.#instance?.stop(this.#stopTimeoutMs);
    await this.#loop;
  }

  /** Kills it; it is not restarted. */
  killForGood(): void {
    this.#wanted = false;
    this.#wake();
    this.#instance?.kill('SIGKILL');
  }

  get #stopTimeoutMs(): number {
    return this.#options.stopTimeoutMs ?? 30_000;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#wanted) {
      const life = await this.#live();
      if (!this.#wanted) break;
      this.#unready();
      this.#wasReady ||= life.readyMs !== null;
      failures = (life.readyMs ?? 0) >= this.#backoff.healthyAfterMs ? 1 : failures + 1;
      if (!this.#wasReady && life.refused) {
        this.#giveUp(life.how);
        break;
      }
      if (!this.#wasReady && failures >= startAttempts) {
        this.#giveUp(`${life.how}, ${failures} times before it was ready`);
        break;
      }
      const delayMs = backoffMs(this.#backoff, failures);
      this.#options.onMessage?.(`${life.how}${ordinal(failures)}; restarting in ${delayMs / 1000} s`);
      if (failures % reportEvery === 0) {
        this.#options.onMessage?.(`keeps dying. Its last lines:\n${this.#describeLastLines()}`);
      }
      await this.#pause(delayMs);
    }
  }

  /** From launch to death. `readyMs` is how long it was ready, or null if it never was. */
  async #live(): Promise<{ how: string; readyMs: number | null; refused: boolean }> {
    let instance: Instance;
    this.#lastLines = [];
    try {
      instance = await this.#options.launch((line) => this.#onLine(line));
    } catch (error) {
      // It said what to put right; another try would fail too.
      if (error instanceof StackError && !this.#wasReady) this.#fail(error);
      return { how: `could not be started: ${(error as Error).message}`, readyMs: null, refused: false };
    }
    this.#instance = instance;
    this.#options.onLaunched?.(instance.pid);
    // Asked to stop during the launch: this instance has not been told.
    if (!this.#wanted) void instance.stop(this.#stopTimeoutMs);
    let readyAt: number | null = null;
    void instance.ready.then(() => {
      if (this.#instance !== instance) return;
      readyAt = performance.now();
      this.#readiness.resolve();
    });
    const how = await instance.exited;
    this.#instance = null;
    const readyMs = readyAt === null ? null : performance.now() - readyAt;
    return { how, readyMs, refused: instance.refused?.() ?? false };
  }

  #giveUp(reason: string): void {
    const notReady = this.#instance?.notReady?.();
    const details = [`${this.name} ${reason}.`, notReady, `Its last lines:\n${this.#describeLastLines()}`];
    this.#fail(new StackError(details.filter(Boolean).join(' ')));
  }

  #fail(error: StackError): void {
    this.#wanted = false;
    this.#readiness.reject(error);
  }

  /** Later callers wait for the next process. */
  #unready(): void {
    if (this.#readiness.settled()) this.#readiness = newReadiness();
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #onLine(line: string): void {
    const kept = line.length > lastLineCharsMax ? `${line.slice(0, lastLineCharsMax)} …` : line;
    if (this.#lastLines.push(kept) > lastLinesMax) this.#lastLines.shift();
    this.#options.onLine?.(line);
  }

  #describeLastLines(): string {
    const lines = this.#lastLines.flatMap((line) => formatLine(line)).map((line) => `    ${line}`);
    return lines.length > 0 ? lines.join('\n') : '    (it printed nothing)';
  }
}

function newReadiness() {
  const readiness = Promise.withResolvers<void>();
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  // Handles rejections too: often nobody is waiting.
  readiness.promise.then(settle, settle);
  return { ...readiness, settled: () => isSettled };
}

function ordinal(failures: number): string {
  return failures > 1 ? ` (${failures} times in a row)` : '';
}
