import { afterEach, beforeEach, spyOn, test } from 'bun:test';
import { retention } from '@millrace/executor/retention';
import { createLogger } from '@millrace/runtime';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';

const logger = createLogger('retention-test', 'error', 'stderr');
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database[Symbol.asyncDispose]());

/** Two batches each of tasks and keys old enough to delete, behind one of each that is not. */
async function fill() {
  const { sql } = database.db;
  await sql`
    insert into tasks (id, prompt, model, priority, status, max_attempts, timeout_ms, run_at, metadata, created_at, finished_at)
    select uuidv7(-age), 'x', 'builtin', 5, 'COMPLETED', 3, 1000, now(), '{}', now() - age, now() - age
    from (select case when n = 1 then interval '1 hour' else interval '9 days' end as age
      from generate_series(1, 601) as n) as ages`;
  await sql`
    insert into idempotency_keys (key, request_hash, task_id, created_at)
    select n, 'h', gen_random_uuid(), now() - case when n = 1 then interval '1 hour' else make_interval(hours => 25, secs => n) end
    from generate_series(1, 6001) as n`;
}

async function left(): Promise<[tasks: number, keys: number]> {
  const [row] = await database.db.sql<[{ tasks: number; keys: number }]>`
    select (select count(*) from tasks)::integer as tasks, (select count(*) from idempotency_keys)::integer as keys`;
  return [row.tasks, row.keys];
}

/** Deleting this many rows fails, like a statement that takes too long. */
function refuseDeletions(table: string, more_than: number) {
  return database.db.sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if (select count(*) from gone) > ${more_than} then raise 'too many'; end if;
      return null;
    end $$;
    create trigger refuse after delete on ${table} referencing old table as gone
      for each statement execute function refuse()`);
}

async function retains(
  expected: [tasks: number, keys: number],
  { days = 7, roundMs = 200 } = {},
): Promise<void> {
  using _ = spyOn(Math, 'random').mockReturnValue(0);
  const rounds = retention({ db: database.db, days, logger, roundMs });
  rounds.start();
  try {
    await eventually('the rest is deleted', async () => Bun.deepEquals(await left(), expected));
  } finally {
    rounds.stop();
  }
}

test('deletes what is old in one round, batch after batch, and nothing else', async () => {
  await fill();
  await refuseDeletions('idempotency_keys', 5_000);
  await retains([1, 1], { roundMs: 60_000 });
});

test('deletes what is old behind more unfinished tasks than one batch examines', async () => {
  await database.db.sql`
    insert into tasks (id, prompt, model, priority, status, max_attempts, timeout_ms, run_at, due_at, metadata, created_at)
    select uuidv7(interval '-10 days'), 'x', 'builtin', 5, 'PENDING', 3, 1000, now(), now(), '{}', now() - interval '10 days'
    from generate_series(1, 5000)`;
  await fill();
  await retains([5_001, 1], { roundMs: 60_000 });
});

test('deletes tasks even if keys cannot be deleted', async () => {
  await fill();
  await refuseDeletions('idempotency_keys', 0);
  await retains([1, 6_001]);
});

test('deletes keys even if tasks cannot be deleted', async () => {
  await fill();
  await refuseDeletions('tasks', 0);
  await retains([601, 1]);
});

test('deletes keys even if tasks are kept forever', async () => {
  await fill();
  await retains([601, 1], { days: 0 });
});
