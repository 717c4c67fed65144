import type { Count } from './count.ts';
import type { Metrics } from './metrics.ts';
import { PerModel } from './per-model.ts';

/** For services that accept tasks. */
export function submittedTasks(metrics: Metrics, models: readonly string[]): PerModel<Count> {
  const submitted = metrics.counter('millrace_tasks_submitted_total', 'Tasks stored, by model.', ['model']);
  return new PerModel(models, (model) => submitted.of(model));
}

/** For services that end tasks, with the statuses that each can set. */
export function finishedTasks<Status extends string>(
  metrics: Metrics,
  models: readonly string[],
  statuses: readonly Status[],
): PerModel<Readonly<Record<Status, Count>>> {
  const finished = metrics.counter('millrace_tasks_finished_total', 'Tasks ended, by status and model.', [
    'status',
    'model',
  ]);
  return new PerModel(
    models,
    (model) =>
      Object.fromEntries(statuses.map((status) => [status, finished.of(status, model)])) as Record<
        Status,
        Count
      >,
  );
}
