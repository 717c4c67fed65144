import type { Metrics } from './metrics.ts';

const BATCH_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/**
 * An observer for packages/db that counts.
 *
 * @param verbs exported as zero until they are used
 */
export function databaseMetrics(metrics: Metrics, verbs: readonly string[]) {
  const sizes = metrics.histogram(
    'millrace_db_batch_size',
    'Calls of a verb that shared one statement and its commit.',
    BATCH_BOUNDS,
    ['verb'],
  );
  const errors = metrics.counter(
    'millrace_db_errors_total',
    'Failed statements of a verb: Postgres was unavailable, did not answer in time, or refused them.',
    ['verb'],
  );
  for (const verb of verbs) errors.of(verb);
  return {
    onBatch: (verb: string, size: number) => sizes.of(verb).observe(size),
    onError: (verb: string) => errors.of(verb).add(),
  };
}
