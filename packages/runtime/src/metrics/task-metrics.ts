import type { Count } from './counter.ts';
import type { Metrics } from './metrics.ts';
import { PerModel } from './per-model.ts';

/** For every service that takes tasks in. */
export function submittedTasks(metrics: Metrics, models: readonly string[]): PerModel<Count> {
  const submitted = metrics.counter('millrace_tasks_submitted_total', 'Tasks stored, by model.', ['model']);
  return new PerModel(models, (model) => submitted.of(model));
}

/** For every service that ends tasks, with the statuses that it ends them in. */
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
