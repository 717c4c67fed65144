import type { Metric, Registry } from 'prom-client';
import { Counter } from './counter.ts';
import { observeEventLoop } from './event-loop.ts';
import { Gauge, type Reading } from './gauge.ts';
import { Histogram } from './histogram.ts';

/** The library's event-loop monitor feeds metrics that are removed below: practically never. */
const UNUSED_MONITOR_MS = 3_600_000;

/** A service's metrics, served by `GET /metrics`. */
export class Metrics {
  readonly #registry = openRegistry();
  /** Not yet registered. */
  readonly #families: (Counter<string> | Histogram<string> | Gauge)[] = [];

  constructor({ service, version }: { service: string; version: string }) {
    const labels = { service, version };
    this.gauge('millrace_build_info', 'The service and its version; always 1.', () => [{ labels, value: 1 }]);
    observeEventLoop(this);
  }

  counter<Label extends string>(name: string, help: string, labels: readonly Label[]): Counter<Label> {
    const counter = new Counter(name, help, labels);
    this.#families.push(counter);
    return counter;
  }

  /** @param bounds of the buckets, ascending; the last bucket is unbounded */
  histogram<Label extends string>(
    name: string,
    help: string,
    bounds: readonly number[],
    labels: readonly Label[],
  ): Histogram<Label> {
    const histogram = new Histogram(name, help, labels, bounds);
    this.#families.push(histogram);
    return histogram;
  }

  /** @param read must neither throw nor be slow: the whole scrape waits for it */
  gauge(name: string, help: string, read: () => readonly Reading[] | Promise<readonly Reading[]>): void {
    this.#families.push(new Gauge(name, help, read));
  }

  /** In Prometheus's text format. */
  async response(): Promise<Response> {
    const registry = await this.#registry;
    // The registry uses only a metric's name and `get`, though its types require the library's own classes.
    for (const family of this.#families.splice(0)) registry.registerMetric(family as unknown as Metric);
    const text = await registry.metrics();
    return new Response(text, { headers: { 'content-type': registry.contentType } });
  }
}

/** Slow to load: so in parallel with the rest of a service's start, and only if it has metrics. */
async function openRegistry(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: UNUSED_MONITOR_MS });
  // Metrics of V8 and libuv: under Bun most of them are always zero.
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_')) registry.removeSingleMetric(name);
  }
  return registry;
}
