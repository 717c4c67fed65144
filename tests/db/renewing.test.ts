import { beforeEach, describe, expect, test } from 'bun:test';
import { type Attempt, renew, submit } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';
import { taskActions } from './task-actions.ts';

const database = shared(createTestDatabase);
beforeEach(async () => {
  await database.db.sql`truncate tasks cascade`;
});
const { claimIt, takeOver, letTimePass } = taskActions(database);

describe('renew', () => {
  test('keeps what is held, and reports what was lost, cancelled or deleted', async () => {
    const [held, lost, cancelled, deleted] = (await Promise.all(
      Array.from({ length: 4 }, async () => (await submit(database.db, newTask())).id),
    )) as [string, string, string, string];
    for (const id of [held, lost, cancelled, deleted]) await claimIt(id);
    await letTimePass(lost);
    await takeOver(lost);
    const { sql } = database.db;
    await sql`update tasks set status = 'CANCELLED', due_at = null, finished_at = now() where id = ${cancelled}`;
    await sql`delete from tasks where id = ${deleted}`;
    await letTimePass(held);
    const attempts = [held, lost, cancelled, deleted].map((task_id) => ({ task_id, attempt: 1 }));
    const renewal = await renew(database.db, { attempts, lease_ms: 60_000 });
    expect(renewal.lost.map(({ task_id }) => task_id).sort()).toEqual([lost, deleted].sort());
    expect(renewal.cancelled).toEqual([{ task_id: cancelled, attempt: 1 }]);
    expect(await takeOver(held)).toBeUndefined();
  });

  test('of two attempts of one task keeps the later, and reports the earlier as lost', async () => {
    const { id } = await submit(database.db, newTask({ max_attempts: 9 }));
    await claimIt(id);
    await letTimePass(id);
    await takeOver(id);
    await letTimePass(id);
    const attempts = [1, 2].map((attempt) => ({ task_id: id, attempt }));
    const renewal = await renew(database.db, { attempts, lease_ms: 60_000 });
    expect(renewal).toEqual({ lost: [{ task_id: id, attempt: 1 }], cancelled: [] });
    expect(await takeOver(id)).toBeUndefined();
  });

  test('reports everything that was lost, however much it was', async () => {
    const attempts = Array.from({ length: 450 }, () => ({ task_id: Bun.randomUUIDv7(), attempt: 1 }));
    const { lost } = await renew(database.db, { attempts, lease_ms: 60_000 });
    const idsOf = (some: readonly Attempt[]) => some.map(({ task_id }) => task_id).sort();
    expect(idsOf(lost)).toEqual(idsOf(attempts));
  });

  test('skips a row that is being completed', async () => {
    const { id } = await submit(database.db, newTask());
    await claimIt(id);
    await database.db.sql.begin(async (transaction) => {
      await transaction`select 1 from tasks where id = ${id} for update`;
      const renewal = await renew(database.db, { attempts: [{ task_id: id, attempt: 1 }], lease_ms: 60_000 });
      expect(renewal).toEqual({ lost: [], cancelled: [] });
    });
  });
});
