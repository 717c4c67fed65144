const INTERVAL_MS = 5_000;

interface Warnings {
  warn(fields: object, message: string): void;
}

/**
 * Rate-limits the warnings of an outage, which come from every task and request at once: each message once in
 * five seconds, with a count. The last one is always logged, so that the counts are complete after the outage.
 */
export class OutageLog {
  readonly #logger: Warnings;
  readonly #pauses = new Map<string, { withheld: number; last: object }>();

  constructor(logger: Warnings) {
    this.#logger = logger;
  }

  /** @param message a constant: warnings are limited per message */
  warn(fields: object, message: string): void {
    const pause = this.#pauses.get(message);
    if (pause) {
      pause.withheld++;
      pause.last = fields;
    } else this.#log(fields, message);
  }

  #log(fields: object, message: string): void {
    this.#logger.warn(fields, message);
    const pause = { withheld: 0, last: fields };
    this.#pauses.set(message, pause);
    const end = () => {
      this.#pauses.delete(message);
      const { withheld, last } = pause;
      if (withheld > 0) this.#log(withheld > 1 ? { ...last, more_before: withheld - 1 } : last, message);
    };
    setTimeout(end, INTERVAL_MS).unref();
  }
}
