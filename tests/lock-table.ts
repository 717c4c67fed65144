import type { Database } from '@millrace/db';

/** Statements on the table wait until this is disposed of. */
export async function lockTable({ sql }: Database, name: string): Promise<AsyncDisposable> {
  const locked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const holding = sql.begin(async (transaction) => {
    await transaction`set local idle_in_transaction_session_timeout = 0`;
    await transaction`lock table ${transaction(name)} in access exclusive mode`;
    locked.resolve();
    await gate.promise;
  });
  await Promise.race([locked.promise, holding]);
  return {
    async [Symbol.asyncDispose]() {
      gate.resolve();
      await holding;
    },
  };
}
