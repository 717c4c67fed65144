import type { Metrics } from './metrics.ts';

/**
 * @param topics those that the service produces to
 * @returns the producer's `onProduced`
 */
export function streamMetrics(
  metrics: Metrics,
  { topics, isConnected }: { topics: readonly string[]; isConnected: () => boolean },
) {
  const produced = metrics.counter(
    'millrace_messages_produced_total',
    'Messages that the broker has accepted, by topic.',
    ['topic'],
  );
  for (const topic of topics) produced.of(topic);
  metrics.gauge(
    'millrace_stream_connected',
    'Whether the broker serves what this process sends and reads: 1 or 0.',
    () => [{ value: isConnected() ? 1 : 0 }],
  );
  return (topic: string, messages: number) => produced.of(topic).add(messages);
}
