import type { Metrics } from './metrics.ts';

export interface StreamMetricsOptions {
  /** Those that the service produces to. */
  readonly topics: readonly string[];
  readonly isConnected: () => boolean;
}

/** @returns what the producer is to call once the broker has taken so many messages */
export function streamMetrics(metrics: Metrics, { topics, isConnected }: StreamMetricsOptions) {
  const produced = metrics.counter(
    'millrace_messages_produced_total',
    'Messages that the broker has taken, by topic.',
    ['topic'],
  );
  for (const topic of topics) produced.of(topic);
  metrics.gauge('millrace_stream_connected', 'Whether the broker answers: 1 or 0.', () => [
    { value: isConnected() ? 1 : 0 },
  ]);
  return (topic: string, messages: number) => produced.of(topic).add(messages);
}
