import { beforeEach, expect, test } from 'bun:test';
import {
  type Caller,
  deleteExpiredKeys,
  getTask,
  submitBatchOnce,
  submitOnce,
  UNRESTRICTED,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const database = shared(() => createTestDatabase(10));
beforeEach(async () => {
  await database.db.sql`truncate tasks, idempotency_keys cascade`;
});

/** New tasks at these positions. */
const tasksAt = (positions: readonly number[]) => new Map(positions.map((position) => [position, newTask()]));

function once(positions = [0, 1, 2], requestHash = 'h') {
  const batch = { key: 'k', requestHash, tasks: tasksAt(positions), atomic: false };
  return submitBatchOnce(database.db, UNRESTRICTED, batch);
}

async function stored(positions = [0, 1, 2], requestHash = 'h'): Promise<{ ids: string[]; added: number }> {
  const outcome = await once(positions, requestHash);
  if (outcome.kind !== 'stored') throw new Error(`it is a ${outcome.kind}`);
  return { ids: positions.map((position) => outcome.tasks.get(position)!.id), added: outcome.added.length };
}

async function count(): Promise<number> {
  const [row] = await database.db.sql<[{ count: number }]>`select count(*)::integer as count from tasks`;
  return row.count;
}

test('what is returned is what is stored', async () => {
  const outcome = await once();
  const tasks = outcome.kind === 'stored' ? [...outcome.tasks.values()] : [];
  expect(tasks).toHaveLength(3);
  for (const task of tasks) expect(await getTask(database.db, UNRESTRICTED, task.id)).toEqual(task);
});

test('each position is bound for a day after its task was stored', async () => {
  const first = await stored([0, 1]);
  await database.db.sql`update idempotency_keys set created_at = now() - interval '23 hours'`;
  const second = await stored([0, 1, 2]);
  expect(second).toEqual({ ids: [...first.ids, second.ids[2]!], added: 1 });
  await database.db.sql`update idempotency_keys set created_at = created_at - interval '2 hours'`;
  // Those of the first have expired; not yet deleted, then deleted.
  expect((await once([0], 'other')).kind).toBe('conflict');
  const third = await stored([0, 1, 2]);
  expect(third).toMatchObject({ added: 2, ids: [expect.anything(), expect.anything(), second.ids[2]] });
  expect(await stored([0, 1, 2])).toEqual({ ...third, added: 0 });
  await database.db.sql`update idempotency_keys set created_at = now() - interval '25 hours'`;
  expect(await deleteExpiredKeys(database.db, { limit: 10 })).toBe(4);
  expect((await stored([0, 1, 2], 'other')).added).toBe(3);
});

test('a key that outlived its tasks makes them anew', async () => {
  const { ids } = await stored();
  await database.db.sql`delete from tasks where id <> ${ids[1]!}`;
  expect((await once([2], 'other')).kind).toBe('conflict');
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => stored()));
  expect(outcomes.filter(({ added }) => added > 0).map(({ added }) => added)).toEqual([2]);
  for (const outcome of outcomes) expect(outcome.ids).toEqual(outcomes[0]!.ids);
  expect(outcomes[0]!.ids[1]).toBe(ids[1]!);
  expect(await count()).toBe(3);
});

test('of many different requests at once one is accepted, and none waits for another in a circle', async () => {
  const positions = Array.from({ length: 100 }, (_, i) => i);
  const requests = Array.from({ length: 40 }, (_, i) =>
    once(i % 2 === 0 ? positions : positions.toReversed(), `${i % 4}`),
  );
  const outcomes = await Promise.all(requests);
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
    ...Array(30).fill('conflict'),
    ...Array(10).fill('stored'),
  ]);
  expect(await count()).toBe(100);
});

test('whatever the names of owners and keys, none is taken for another', async () => {
  const as = (owner: string | null): Caller => ({ sees: owner, owner, max_open_tasks: null });
  const names = ['k', '0', 'k0'];
  const callers = [UNRESTRICTED, ...names.map(as)];
  for (const caller of callers) {
    for (const key of [...names, '1']) {
      const single = { ...newTask({ owner: caller.owner ?? undefined }), idempotency_key: key };
      expect((await submitOnce(database.db, caller, single, 'h')).kind).toBe('created');
      const batch = { key, requestHash: 'other', tasks: tasksAt([0, 1]), atomic: false };
      expect(await submitBatchOnce(database.db, caller, batch)).toMatchObject({ added: [{}, {}] });
    }
  }
});
