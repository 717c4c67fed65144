import type { GatewayContext } from '../context.ts';
import { ProblemError } from './problem.ts';

/** A hook for the routes that query Postgres: until the schema is this version's, they answer as if it were down. */
export function schemaGate(schema: GatewayContext['schema']) {
  return () => {
    if (schema.missing() === undefined) return;
    const detail = 'The database cannot be reached or is being migrated; try again shortly.';
    throw new ProblemError('database_unavailable', detail, { headers: { 'retry-after': '1' } });
  };
}
