import type { Database } from '../connection/database.ts';

/** Skips tasks of models that the executor cannot call at the moment; they keep their place in the queue. */
export function notOfModels({ sql }: Database, models: readonly string[] = []) {
  return models.length === 0 ? sql`true` : sql`not ${JSON.stringify(models)}::jsonb ? tasks.model`;
}
