import type { GatewayContext } from '../context.ts';
import { databaseUnavailable } from './problem.ts';

/** A hook for the routes that query Postgres: until the schema is this version's, they answer as if it were down. */
export function schemaGate(schema: GatewayContext['schema']) {
  return () => {
    if (schema.missing() === undefined) return;
    throw databaseUnavailable('The database cannot be reached or is being migrated; try again shortly.');
  };
}
