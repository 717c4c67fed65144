import type { Metrics } from '@millrace/runtime';
import type { TaskConsumer } from '@millrace/stream';

/** Gauges that read an executor's state at each scrape. */
export function executorGauges(
  metrics: Metrics,
  {
    attempts,
    slots,
    consumer,
  }: {
    attempts: { readonly count: number };
    slots: number;
    consumer: Pick<TaskConsumer, 'lag'>;
  },
): void {
  metrics.gauge(
    'millrace_attempts_running',
    'Attempts running here, including those waiting for the limits of their model.',
    () => [{ value: attempts.count }],
  );
  metrics.gauge('millrace_executor_slots', 'Attempts that may run here at once.', () => [{ value: slots }]);
  metrics.gauge(
    'millrace_consumer_lag_messages',
    "Unacknowledged messages in this executor's partitions, by topic; sum it over executors.",
    () => [...consumer.lag()].map(([topic, value]) => ({ labels: { topic }, value })),
  );
}
