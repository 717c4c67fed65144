import type postgres from 'postgres';

const LOCK_WAIT_MS = '2000';

/** Until the transaction ends, others that lock this name wait, in every process. */
export function lockUntilEnd(transaction: postgres.ISql, name: string): Promise<unknown> {
  return Promise.all([
    // Waiting occupies a pooled connection: not for as long as a frozen lock holder takes.
    transaction`select set_config('lock_timeout', ${LOCK_WAIT_MS}, true)`,
    transaction`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`,
  ]);
}
