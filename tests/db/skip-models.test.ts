import { beforeEach, expect, test } from 'bun:test';
import { LANES } from '@millrace/contracts';
import { claim, claimDue, claimLastChance, submit } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const MODELS = ['gpt', 'gpt-mini', 'a?b,"c"\' [x]'] as const;
const LEASE = { executor: 'a', lease_ms: 60_000 };

const database = shared(createTestDatabase);
beforeEach(async () => {
  await database.db.sql`truncate tasks cascade`;
});

/** A due task of each model with this many permitted attempts; on request, lost with its executor. */
async function dueTasks(max_attempts: number, isLost: boolean): Promise<void> {
  for (const model of MODELS) {
    const { id } = await submit(database.db, newTask({ model, max_attempts }));
    if (isLost) await claim(database.db, { task_id: id, ...LEASE });
  }
  await database.db.sql`update tasks set due_at = now() - interval '1 minute'`;
}

type Skip = readonly string[] | undefined;
const skipping = (skip_models: Skip) => (skip_models === undefined ? {} : { skip_models });

async function takeDue(skip: Skip): Promise<string[]> {
  const { claimed } = await claimDue(database.db, { ...LEASE, limit: 10, lanes: LANES, ...skipping(skip) });
  return claimed.map(({ model }) => model);
}

/** The models of the tasks that each way of claiming takes. */
const ways: Record<string, { due: () => Promise<void>; take: (skip: Skip) => Promise<string[]> }> = {
  claim: {
    due: () => dueTasks(3, false),
    async take(skip) {
      const rows = await database.db.sql<{ id: string }[]>`select id from tasks order by id`;
      const claims = rows.map(({ id }) => claim(database.db, { task_id: id, ...LEASE, ...skipping(skip) }));
      return (await Promise.all(claims)).flatMap((task) => task?.model ?? []);
    },
  },
  claimDue: { due: () => dueTasks(3, false), take: takeDue },
  'claimDue of lost tasks': { due: () => dueTasks(3, true), take: takeDue },
  claimLastChance: {
    due: () => dueTasks(2, true),
    async take(skip) {
      const models: string[] = [];
      for (;;) {
        const { claimed } = await claimLastChance(database.db, { ...LEASE, ...skipping(skip) });
        if (claimed.length === 0) return models;
        models.push(claimed[0]!.model);
      }
    },
  },
};

test.each(Object.keys(ways))('%s leaves tasks of these models where they are', async (name) => {
  const { due, take } = ways[name]!;
  await due();
  const waiting = () =>
    database.db.sql`select id, status, attempts, due_at from tasks where model <> ${MODELS[1]} order by id`;
  const before = await waiting();
  expect(await take(MODELS)).toEqual([]);
  expect(await take([MODELS[2], MODELS[0]])).toEqual([MODELS[1]]);
  expect(await waiting()).toEqual(before);
  expect((await take([MODELS[0], 'unknown'])).sort()).toEqual([MODELS[2]]);
  expect(await take([])).toEqual([MODELS[0]]);
});

test.each(Object.keys(ways))('%s takes all of them by default', async (name) => {
  const { due, take } = ways[name]!;
  await due();
  expect((await take(undefined)).sort()).toEqual([...MODELS].sort());
});

test('of claims made together some succeed while others fail, each with its own answer', async () => {
  const { db } = database;
  const [first, second] = [await submit(db, newTask()), await submit(db, newTask())];
  await db.sql`
    create or replace function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'refused for the test';
    end $$`;
  await db.sql`
    create trigger refuse before update on tasks for each row when (old.id = '${db.sql.unsafe(second.id)}')
    execute function refuse()`;
  try {
    const [claimed, refused] = await Promise.allSettled([
      claim(db, { task_id: first.id, ...LEASE }),
      claim(db, { task_id: second.id, ...LEASE, skip_models: ['gpt'] }),
    ]);
    expect(claimed).toMatchObject({ status: 'fulfilled', value: { id: first.id } });
    expect(refused).toMatchObject({ status: 'rejected', reason: { message: 'refused for the test' } });
  } finally {
    await db.sql`drop trigger refuse on tasks`;
  }
});
