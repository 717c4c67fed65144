const INTERVAL_MS = 5_000;

interface Warnings {
  warn(fields: object, message: string): void;
}

/**
 * Rate-limits the warnings of an outage, which come from every task and request at once: each message once in
 * five seconds, with a count.
 */
export class OutageLog {
  readonly #logger: Warnings;
  readonly #last = new Map<string, { at: number; suppressed: number }>();

  constructor(logger: Warnings) {
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
