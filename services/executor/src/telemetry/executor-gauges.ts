import type { Metrics } from '@millrace/runtime';
import type { TaskConsumer } from '@millrace/stream';
import type { RunningAttempts } from '../attempts/running-attempts.ts';

/** Gauges that read an executor's state at each scrape. */
export function executorGauges(
  metrics: Metrics,
  attempts: RunningAttempts,
  slots: number,
  consumer: TaskConsumer,
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
