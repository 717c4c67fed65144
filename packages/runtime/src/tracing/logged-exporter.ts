import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';

type Done = Parameters<SpanExporter['export']>[1];

const SUCCESS = 0;
const LOG_INTERVAL_MS = 60_000;

/** Logs spans that could not be delivered, at most once a minute. They are lost; nothing else is affected. */
export class LoggedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #logger: Logger;
  #lost = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(exporter: SpanExporter, logger: Logger) {
    this.#exporter = exporter;
    this.#logger = logger;
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#exporter.export(spans, (result) => {
      if (result.code !== SUCCESS) this.#log(spans.length, result.error);
      done(result);
    });
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #log(spans: number, error: Error | undefined): void {
    this.#lost += spans;
    if (performance.now() - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#logger.warn({ error: error?.message, spans: this.#lost }, 'traces could not be exported');
    this.#lost = 0;
    this.#loggedAt = performance.now();
  }
}
