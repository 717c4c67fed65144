import type { Metrics } from '@millrace/runtime';
import type { TaskConsumer } from '@millrace/stream';

/** What is read off an executor when somebody asks. */
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
    'Attempts that run here, those included that wait for the limits of their model.',
    () => [{ value: attempts.count }],
  );
  metrics.gauge('millrace_executor_slots', 'Attempts that may run here at once.', () => [{ value: slots }]);
  metrics.gauge(
    'millrace_consumer_lag_messages',
    "Messages of this executor's partitions that are not acknowledged, by topic; sum it over executors.",
    () => [...consumer.lag()].map(([topic, value]) => ({ labels: { topic }, value })),
  );
}
