import type { Logger } from '@millrace/contracts';
import { BrokerOutageLog } from '../connection/broker-trouble.ts';
import { retryDelay } from '../connection/retry-delay.ts';
import type { GroupSession } from './group-session.ts';

interface SessionKeeperOptions {
  open(): GroupSession;
  /** For log lines. */
  name: string;
  logger: Logger;
}

const STEADY_MS = 10_000;

/** Keeps a session open: replaces one that ends by itself, with growing delays while the broker is unreachable. */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #stopping = new AbortController();
  #session: GroupSession | undefined;
  #lastFetchAt: number | null = null;
  #running: Promise<void> | undefined;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  get session(): GroupSession | undefined {
    return this.#session;
  }

  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops replacing sessions; the current one stays open until `close`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  health(): { connected: boolean; lastFetchAt: number | null } {
    return {
      connected: this.#session?.connected ?? false,
      lastFetchAt: this.#session?.lastFetchAt ?? this.#lastFetchAt,
    };
  }

  async #run(): Promise<void> {
    const { open, name, logger } = this.#options;
    const { signal } = this.#stopping;
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const outage = new BrokerOutageLog(logger, name);
    let failures = 0;
    while (!signal.aborted) {
      const openedAt = performance.now();
      const session = open();
      this.#session = session;
      const reason = await Promise.race([session.ended, stopped]);
      if (reason === undefined) return;
      // A session that ends right after joining, say for lack of a permission, does not end the outage.
      if (session.joined && performance.now() - openedAt > STEADY_MS) {
        failures = 0;
        outage.found();
      }
      this.#lastFetchAt = session.lastFetchAt ?? this.#lastFetchAt;
      failures++;
      outage.lost(reason);
      await session.close();
      await retryDelay(failures, signal);
    }
  }
}
