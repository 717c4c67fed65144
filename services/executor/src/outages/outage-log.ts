import type { Logger } from '@millrace/contracts';

const INTERVAL_MS = 5_000;

/** Warnings of an outage, which come from every task at once: each message at most once in five seconds, with a count. */
export class OutageLog {
  readonly #logger: Logger;
  readonly #said = new Map<string, { at: number; unsaid: number }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param message a constant: it tells the warnings apart */
  warn(fields: object, message: string): void {
    const now = performance.now();
    const last = this.#said.get(message);
    if (last && now - last.at < INTERVAL_MS) {
      last.unsaid++;
      return;
    }
    this.#said.set(message, { at: now, unsaid: 0 });
    this.#logger.warn(last?.unsaid ? { ...fields, more_before: last.unsaid } : fields, message);
  }
}
