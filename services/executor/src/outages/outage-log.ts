import type { Logger } from '@millrace/contracts';

const INTERVAL_MS = 5_000;

/** Rate-limits the warnings of an outage, which come from every task at once: each message once in five seconds, with a count. */
export class OutageLog {
  readonly #logger: Logger;
  readonly #last = new Map<string, { at: number; suppressed: number }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param message a constant: warnings are limited per message */
  warn(fields: object, message: string): void {
    const now = performance.now();
    const last = this.#last.get(message);
    if (last && now - last.at < INTERVAL_MS) {
      last.suppressed++;
      return;
    }
    this.#last.set(message, { at: now, suppressed: 0 });
    this.#logger.warn(last?.suppressed ? { ...fields, more_before: last.suppressed } : fields, message);
  }
}
