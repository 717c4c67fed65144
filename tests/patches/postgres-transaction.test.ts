import { expect, test } from 'bun:test';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';

// Without patches/postgres@3.4.9.patch it runs on its own, on the connection that replaced the lost one.
test('the rest of a transaction whose connection was lost is not executed', async () => {
  await using database = await createTestDatabase(1);
  await database.db.sql`create table written (line text)`;
  const { sql, close } = openPool(database.url);
  const replaced = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<unknown>();
  const transaction = sql.begin(async (own) => {
    const [session] = await own<[{ pid: number }]>`select pg_backend_pid() as pid`;
    await database.db.sql`select pg_terminate_backend(${session.pid})`;
    await replaced.promise;
    await own`insert into written values ('left')`.then(outcome.resolve, outcome.resolve);
  });
  await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  await eventually('there is another connection', () => sql`select 1`);
  replaced.resolve();
  expect(await outcome.promise).toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await database.db.sql`select from written`).toHaveLength(0);
  await close();
}, 30_000);
