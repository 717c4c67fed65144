import { expect, test } from 'bun:test';
import { cancel, claim, listenForCancellations, submit, UNRESTRICTED } from '@millrace/db';
import { freePort } from '@millrace/devstack';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { newTask } from './new-task.ts';

test.concurrent('a listener that lost Postgres hears of cancellations once it is back', async () => {
  await using database = await createTestDatabase();
  const away = new URL(database.url);
  const port = Number(away.port);
  away.port = String(await freePort());
  await using listening = openPool(away.href);
  const heard: string[] = [];
  await expect(listenForCancellations(listening, ({ task_id }) => heard.push(task_id))).rejects.toThrow();

  await using proxy = await startTcpProxy(port, Number(away.port));
  await eventually('it listens', async () => {
    const [row] = await database.db.sql`
      select from pg_stat_activity where query like 'listen %' and datname = current_database()`;
    return row !== undefined;
  });
  const { db } = database;
  const { id } = await submit(db, newTask());
  await claim(db, { task_id: id, executor: 'e', lease_ms: 15_000 });
  await cancel(db, UNRESTRICTED, id);
  await eventually('the listener hears of the cancellation', () => heard.includes(id));
  expect(proxy.accepted).toBe(1);
});

test.concurrent('a listening connection that goes silent is replaced, and hears of them', async () => {
  await using database = await createTestDatabase();
  await using proxy = await startTcpProxy(database.url);
  await using listening = openPool(proxy.via(database.url));
  const heard: string[] = [];
  await listenForCancellations(listening, ({ task_id }) => heard.push(task_id));
  proxy.silence();
  await eventually(
    'another listens, and hears',
    async () => {
      await database.db
        .sql`select pg_notify('millrace_task_cancelled', ${JSON.stringify({ task_id: 't', attempt: 1 })})`;
      return heard.length > 0;
    },
    { timeoutMs: 60_000 },
  );
  expect(proxy.accepted).toBe(2);
}, 80_000);
