import { expect, test } from 'bun:test';
import { cancel, deleteFinished, getTask, replayTask, submit, UNRESTRICTED } from '@millrace/db';
import { loginAs } from '../production/service-login.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { newTask } from './new-task.ts';

const LOOKING = 4_711;

test('a task replayed after retention has selected it is not deleted', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { id } = await submit(db, newTask());
  await cancel(db, UNRESTRICTED, id);
  await db.sql`update tasks set finished_at = now() - interval '9 days'`;
  // The first to read the task waits until it has been replayed; later readers do not.
  await db.sql.unsafe(`
    create function looked() returns boolean language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(${LOOKING}); return true; end $$;
    create policy looks on tasks as restrictive for select using (looked());`);
  await using executor = await loginAs(database, 'millrace_executor');
  const admin = await db.sql.reserve();
  await admin`select pg_advisory_lock(${LOOKING})`;
  const deleting = deleteFinished(executor.db, { older_than_days: 7, limit: 10 });
  await eventually(
    'it has begun to look',
    async () => (await db.sql`select from pg_locks where locktype = 'advisory' and not granted`).length > 0,
  );
  expect(await replayTask(db, UNRESTRICTED, id)).toMatchObject({ changed: true });
  await admin`select pg_advisory_unlock(${LOOKING})`;
  admin.release();
  expect(await deleting).toMatchObject({ deleted: 0 });
  expect(await getTask(db, UNRESTRICTED, id)).toMatchObject({ status: 'PENDING' });
}, 30_000);
