import type { Database } from '../connection/database.ts';

/** Leaves out tasks of models that the executor cannot call at the moment; their place in the queue is kept. */
export function notOfModels({ sql }: Database, models: readonly string[] = []) {
  return models.length === 0 ? sql`true` : sql`not ${JSON.stringify(models)}::jsonb ? tasks.model`;
}
