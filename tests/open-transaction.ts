import type { Database } from '@millrace/db';

type Transaction = Parameters<Parameters<Database['sql']['begin']>[1]>[0];

/** A transaction that has executed this, and stays open until it is disposed of: then it commits. */
export async function openTransaction(
  { sql }: Pick<Database, 'sql'>,
  execute: (transaction: Transaction) => PromiseLike<unknown>,
): Promise<AsyncDisposable> {
  const executed = Promise.withResolvers<void>();
  const enough = Promise.withResolvers<void>();
  const open = sql.begin(async (transaction) => {
    await execute(transaction);
    await transaction`set local idle_in_transaction_session_timeout = 0`;
    executed.resolve();
    await enough.promise;
  });
  await Promise.race([executed.promise, open]);
  return {
    async [Symbol.asyncDispose]() {
      enough.resolve();
      await open;
    },
  };
}

/** Statements on the table wait until this is disposed of. */
export function lockTable(db: Database, name: string): Promise<AsyncDisposable> {
  return openTransaction(db, (sql) => sql`lock table ${sql(name)} in access exclusive mode`);
}
