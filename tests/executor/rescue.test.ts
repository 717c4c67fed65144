import { expect, test } from 'bun:test';
import { claim, submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { calculatorThat, startExecutor, submitTask, untilEnded } from './test-executor.ts';

test('tasks that a poll has claimed run while its next statement waits, and even if that fails', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const lost = await submit(db, newTask({ max_attempts: 2, prompt: 'calculate 6*7' }));
  await claim(db, { task_id: lost.id, executor: 'lost', lease_ms: 1 });
  const other = await submit(db, newTask({ prompt: 'calculate 1+1', delay_ms: 3_600_000 }));
  // Once the task on its last attempt is claimed, the next statement finds the other one, waits, and fails.
  await db.sql`create table refusals ()`;
  await db.sql`insert into refusals default values`;
  await db.sql`
    create function interfere() returns trigger language plpgsql as $$ begin
      if new.id = '${db.sql.unsafe(lost.id)}' and new.status = 'RUNNING' then
        update tasks set run_at = now(), due_at = now() where id = '${db.sql.unsafe(other.id)}' and status = 'PENDING';
      elsif new.status = 'RUNNING' then
        perform pg_advisory_xact_lock(1);
        if exists (select from refusals) then raise exception 'refused for the test'; end if;
      end if;
      return new;
    end $$`;
  await db.sql`create trigger interfere before update on tasks for each row execute function interfere()`;
  await eventually('the task is lost', async () => {
    const [row] = await db.sql`select due_at < now() as is_lost from tasks where id = ${lost.id}`;
    return row!.is_lost;
  });

  await using executor = await db.sql.begin(async (holder) => {
    await holder`select pg_advisory_xact_lock(1)`;
    const started = await startExecutor(db, { models: 'builtin', baseUrl: '', leaseMs: 60_000 });
    expect(await untilEnded(db, lost.id)).toMatchObject({
      status: 'COMPLETED',
      attempts: 2,
      result: { output: '42' },
    });
    return started;
  });
  await eventually('the next statement fails', () =>
    executor.log.some((line) => line.startsWith('rescue could not query Postgres')),
  );
  await db.sql`delete from refusals`;
  expect(await untilEnded(db, other.id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 20_000);

test('of tasks on their last chance, only one runs at a time', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const submitBuiltin = (prompt: string) => submitTask(db, { model: 'builtin', prompt, max_attempts: 2 });
  const suspects = [await submitBuiltin('calculate 6*7'), await submitBuiltin('calculate 6*7')];
  for (const task_id of suspects) await claim(db, { task_id, executor: 'lost', lease_ms: 1 });
  let begun = 0;
  const done = Promise.withResolvers<void>();
  const tool = calculatorThat(async ({ expression }) => {
    if (expression !== '6*7') return '2';
    begun++;
    await done.promise;
    return '42';
  });
  await using _executor = await startExecutor(db, { models: 'builtin', baseUrl: '', tools: [tool] });
  await eventually('one runs', () => begun > 0);
  // The first of these is found by a poll that learns of the other suspect, the second by one that might have claimed it before.
  for (let count = 0; count < 2; count++) await untilEnded(db, await submitBuiltin('calculate 1+1'));
  expect(begun).toBe(1);
  done.resolve();
  for (const id of suspects)
    expect(await untilEnded(db, id)).toMatchObject({ attempts: 2, result: { output: '42' } });
}, 30_000);

test('that a task was lost for good is published', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const id = await submitTask(db, { model: 'builtin', max_attempts: 1 });
  await claim(db, { task_id: id, executor: 'lost', lease_ms: 1 });
  await using executor = await startExecutor(db, { models: 'builtin', baseUrl: '' });
  expect(await untilEnded(db, id)).toMatchObject({ status: 'FAILED', error: { code: 'executor_lost' } });
  await eventually('it is published', () => executor.events.length > 0);
  expect(executor.events).toEqual([{ v: 1, type: 'status', task_id: id, attempt: 1, status: 'FAILED' }]);
}, 30_000);
