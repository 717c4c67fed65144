import { expect, test } from 'bun:test';
import { cancel, listenForCancellations, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { timed } from '../timed.ts';
import { eventually } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { startChatServer } from './chat-server.ts';
import { deltasOf, startExecutor, submitTask, untilEnded } from './test-executor.ts';

const database = shared(() => createTestDatabase(8));

test('a cancelled task closes its provider connection at once, and publishes nothing more', async () => {
  await using server = await startChatServer(async (_request, answer) => {
    answer.text('Hel');
    await answer.gone;
  });
  await using executor = await startExecutor(database.db, { models: 'gpt=openai', baseUrl: server.url });
  const id = await submitTask(database.db);
  await eventually('it streams', () => deltasOf(executor).length === 1);
  const { tookMs, stallMs } = await timed(async () => {
    await cancel(database.db, UNRESTRICTED, id);
    executor.executor.heardOfCancellation({ task_id: id, attempt: 1 });
    await eventually('the connection is closed', () => server.calls[0]!.abortedAt);
  });
  expect(tookMs).toBeLessThan(1_000 + stallMs);
  await eventually('the slot is free', () => executor.executor.attempts.count === 0);
  expect(executor.events).toHaveLength(2);
  expect(await everyStep(database.db, id)).toEqual([]);
});

test('of tasks cancelled one right after the other, all stop at once', async () => {
  await using executor = await startExecutor(database.db, {
    models: 'simulated',
    baseUrl: '',
    simulatedLatencyMs: 60_000,
    leaseMs: 600_000,
  });
  const ids = [await submitTask(database.db, { model: 'simulated' })];
  ids.push(await submitTask(database.db, { model: 'simulated' }));
  await eventually('both run', () => executor.executor.attempts.count === 2);
  for (const id of ids) await cancel(database.db, UNRESTRICTED, id);
  // The second is heard of while Postgres is asked about the first.
  for (const task_id of ids) executor.executor.heardOfCancellation({ task_id, attempt: 1 });
  await eventually('both have stopped', () => executor.executor.attempts.count === 0);
});

test('a forged cancellation does not stop a task', async () => {
  const letGo = Promise.withResolvers<void>();
  await using server = await startChatServer(async (_request, answer) => {
    answer.text('Hel');
    await letGo.promise;
    answer.text('lo');
    answer.finish('stop');
  });
  await using executor = await startExecutor(database.db, { models: 'gpt=openai', baseUrl: server.url });
  const stopListening = await listenForCancellations(database.db, (attempt) =>
    executor.executor.heardOfCancellation(attempt),
  );
  const id = await submitTask(database.db);
  await eventually('it streams', () => deltasOf(executor).length === 1);
  const [before] = await database.db.sql`select due_at from tasks where id = ${id}`;
  // Any login may do this, even the read-only one.
  for (const payload of ['no JSON', 'null', JSON.stringify({ task_id: id, attempt: 1 })]) {
    await database.db.sql.begin(async (sql) => {
      await sql`set local role millrace_reader`;
      await sql`select pg_notify('millrace_task_cancelled', ${payload})`;
    });
  }
  await eventually('Postgres was asked', async () => {
    const [now] = await database.db.sql`select due_at from tasks where id = ${id}`;
    return now!.due_at !== before!.due_at;
  });
  letGo.resolve();
  expect(await untilEnded(database.db, id)).toMatchObject({
    status: 'COMPLETED',
    attempts: 1,
    result: { output: 'Hello' },
  });
  await stopListening();
});
