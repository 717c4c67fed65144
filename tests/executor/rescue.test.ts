import { expect, test } from 'bun:test';
import { claim, submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, untilEnded } from './test-executor.ts';

test('what a turn has claimed is run though its next statement fails', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const lost = await submit(db, newTask({ max_attempts: 2, prompt: 'calculate 6*7' }));
  await claim(db, { task_id: lost.id, executor: 'lost', lease_ms: 1 });
  const other = await submit(db, newTask({ prompt: 'calculate 1+1', delay_ms: 3_600_000 }));
  // As soon as the one on its last chance is claimed, the next statement finds the other one, and fails.
  await db.sql`
    create function interfere() returns trigger language plpgsql as $$ begin
      if new.id = '${db.sql.unsafe(lost.id)}' then
        update tasks set run_at = now(), due_at = now() where id = '${db.sql.unsafe(other.id)}' and status = 'PENDING';
      elsif new.status = 'RUNNING' and exists (
        select from tasks where id = '${db.sql.unsafe(lost.id)}' and status = 'RUNNING') then
        raise exception 'refused for the test';
      end if;
      return new;
    end $$`;
  await db.sql`create trigger interfere before update on tasks for each row execute function interfere()`;
  await eventually('it is lost', async () => {
    const [row] = await db.sql`select due_at < now() as is_lost from tasks where id = ${lost.id}`;
    return row!.is_lost;
  });

  await using executor = await startExecutor(db, {
    models: 'builtin',
    baseUrl: 'http://127.0.0.1:1',
    leaseMs: 60_000,
  });

  expect(await untilEnded(db, lost.id)).toMatchObject({
    status: 'COMPLETED',
    attempts: 2,
    result: { output: '42' },
  });
  expect(executor.log.filter((line) => line.startsWith('rescue could not ask Postgres'))).not.toEqual([]);
  expect(await untilEnded(db, other.id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
});
