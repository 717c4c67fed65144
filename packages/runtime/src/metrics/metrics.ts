import type { Metric, Registry } from 'prom-client';
import { Count } from './count.ts';
import { Distribution } from './distribution.ts';
import { observeEventLoop } from './event-loop.ts';
import { Family, type Sample } from './family.ts';

/** The library's event-loop monitor feeds metrics that are removed below: practically never. */
const UNUSED_MONITOR_MS = 3_600_000;

type Read = () => readonly Sample[] | Promise<readonly Sample[]>;

/** A service's metrics, served by `GET /metrics`. */
export class Metrics {
  readonly #registry = openRegistry();
  readonly #unregistered: Metric[] = [];

  constructor({ service, version }: { service: string; version: string }) {
    const labels = { service, version };
    this.gauge('millrace_build_info', 'The service and its version; always 1.', () => [{ labels, value: 1 }]);
    observeEventLoop(this);
  }

  counter(name: string, help: string, labels: readonly string[]): Family<Count> {
    const counter = new Family(name, labels, () => new Count());
    this.#add(name, help, 'counter', () => counter.samples());
    return counter;
  }

  /** @param bounds of the buckets, ascending; the last bucket is unbounded */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    labels: readonly string[],
  ): Family<Distribution> {
    const histogram = new Family(name, labels, () => new Distribution(bounds));
    this.#add(name, help, 'histogram', () => histogram.samples());
    return histogram;
  }

  /**
   * Read for every scrape. Without a reading it is absent from the output, which is not the same as zero.
   *
   * @param read must neither throw nor be slow: the whole scrape waits for it
   */
  gauge(name: string, help: string, read: Read): void {
    this.#add(name, help, 'gauge', read);
  }

  /** In Prometheus's text format. */
  async response(): Promise<Response> {
    const registry = await this.#registry;
    for (const metric of this.#unregistered.splice(0)) registry.registerMetric(metric);
    const text = await registry.metrics();
    return new Response(text, { headers: { 'content-type': registry.contentType } });
  }

  #add(name: string, help: string, type: string, read: Read): void {
    // All that the registry uses, though its types require the library's own classes.
    const metric = { name, get: async () => ({ name, help, type, values: await read() }) };
    this.#unregistered.push(metric as unknown as Metric);
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
