import { expect, test } from 'bun:test';
import { getTask, submit, UNRESTRICTED } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { openTransaction } from '../open-transaction.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { everyAttempt } from '../whole-history.ts';
import { calculatorThat, startExecutor, type TestExecutorOptions, untilEnded } from './test-executor.ts';

/** An executor behind a proxy, and claims that wait in Postgres for as long as a lock is held. */
async function startLab(leaseMs: number, options: Partial<TestExecutorOptions> = {}) {
  const database = await createTestDatabase();
  const { sql } = database.db;
  await sql`
    create function wait() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock(1);
      return null;
    end $$`;
  await sql`
    create trigger wait after update on tasks for each row when (new.attempts > old.attempts) execute function wait()`;
  const proxy = await startTcpProxy(database.url);
  const cutOff = openPool(proxy.via(database.url), 4);
  const executor = await startExecutor(cutOff, {
    models: 'builtin,simulated',
    baseUrl: '',
    leaseMs,
    ...options,
  });

  /** @param meanwhile runs before the claim is carried out */
  async function submitAndHoldClaim(meanwhile: () => Promise<void>): Promise<string> {
    const { id } = await sql.begin(async (holder) => {
      await holder`select pg_advisory_xact_lock(1)`;
      await holder`set local idle_in_transaction_session_timeout = 0`;
      const submitted = await submit(database.db, newTask({ max_attempts: 1 }));
      await eventually('its claim is in flight', async () => (await claimAge()) !== undefined);
      await meanwhile();
      return submitted;
    });
    await eventually('it is claimed', async () => {
      return (await getTask(database.db, UNRESTRICTED, id))?.status === 'RUNNING';
    });
    return id;
  }

  /** In seconds; undefined if no claim waits. */
  async function claimAge(): Promise<number | undefined> {
    const [claim] = await sql<{ age: number }[]>`
      select extract(epoch from clock_timestamp() - xact_start)::float8 as age
      from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    return claim?.age;
  }

  return {
    db: database.db,
    proxy,
    executor,
    submitAndHoldClaim,
    claimAge,
    async [Symbol.asyncDispose]() {
      await executor[Symbol.asyncDispose]();
      await cutOff.close();
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

test.concurrent('a task whose claim succeeded without an answer is handed back, and its attempt does not count', async () => {
  await using lab = await startLab(6_000);
  const { db, proxy, executor } = lab;
  // Attempts it knows about are left to it.
  const known = await submit(db, newTask({ model: 'simulated', max_attempts: 1 }));
  expect((await untilEnded(db, known.id)).status).toBe('COMPLETED');

  const id = await lab.submitAndHoldClaim(async () => proxy.loseAnswers());
  proxy.cut();

  expect(await untilEnded(db, id, 20_000)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
  const attempts = await everyAttempt(db, id);
  expect(attempts.map(({ status }) => status)).toEqual(['RELEASED', 'COMPLETED']);
  expect(
    executor.log.filter((line) => line.startsWith('handed back claims whose reply was lost')),
  ).toHaveLength(1);
}, 40_000);

test.concurrent('a claim that succeeds only after it was looked for is handed back as well', async () => {
  await using lab = await startLab(9_000);
  const id = await lab.submitAndHoldClaim(async () => {
    lab.proxy.cut();
    await eventually('it was looked for', async () => (await lab.claimAge())! > 4.6);
  });

  expect(await untilEnded(lab.db, id, 20_000)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
  const attempts = await everyAttempt(lab.db, id);
  expect(attempts.map(({ status }) => status)).toEqual(['RELEASED', 'COMPLETED']);
}, 40_000);

test.concurrent('a stopping executor hands such tasks back before it exits', async () => {
  await using lab = await startLab(60_000);
  const id = await lab.submitAndHoldClaim(async () => lab.proxy.loseAnswers());
  lab.proxy.cut();
  await lab.executor.executor.drain();

  expect(await getTask(lab.db, UNRESTRICTED, id)).toMatchObject({ status: 'PENDING', attempts: 1 });
  expect((await everyAttempt(lab.db, id)).map(({ status }) => status)).toEqual(['RELEASED']);
}, 40_000);

test.concurrent('a stopping executor does not wait for another session that has locked such a task', async () => {
  await using lab = await startLab(60_000);
  const id = await lab.submitAndHoldClaim(async () => lab.proxy.loseAnswers());
  lab.proxy.cut();
  await using _lock = await openTransaction(
    lab.db,
    (sql) => sql`select from tasks where id = ${id} for update`,
  );
  // Postgres ends a statement that has waited for 15 s.
  await within('it stops', 10_000, lab.executor.executor.drain());
}, 40_000);

test.concurrent('leases are renewed even if such tasks cannot be looked up', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const done = Promise.withResolvers<void>();
  const tool = calculatorThat(async () => {
    await done.promise;
    return '42';
  });
  const leaseMs = 3_000;
  await using executor = await startExecutor(db, {
    models: 'builtin',
    baseUrl: '',
    leaseMs,
    tools: [tool],
    drainTimeoutMs: 10_000,
  });
  const { id } = await submit(db, newTask({ prompt: 'calculate 6*7', max_attempts: 1 }));
  const leaseOf = async () => {
    const [row] = await db.sql<[{ status: string; until: number }]>`
      select status, extract(epoch from due_at)::float8 as until from tasks where id = ${id}`;
    return row;
  };
  await eventually('it runs', async () => (await leaseOf()).status === 'RUNNING');
  const acknowledged = Promise.withResolvers<void>();
  const doorbell = { taskId: 'none', lane: 'high', traceparent: undefined } as const;
  executor.executor.receive([{ ...doorbell, acknowledge: acknowledged.resolve }]);
  await eventually('a claim fails', () => executor.log.some((line) => line.startsWith('claim failed')));
  // It must not hold up the rest of its partition.
  await within('its message is acknowledged', 10_000, acknowledged.promise);
  await db.sql.begin(async (holder) => {
    await holder`set local idle_in_transaction_session_timeout = 0`;
    // As building an index does.
    await holder`lock table task_attempts in share mode`;
    const { until } = await leaseOf();
    const renewed = async () => (await leaseOf()).until > until + (2 * leaseMs) / 1000;
    await eventually('its lease lasts for twice as long', renewed);
  });
  done.resolve();
  expect(await untilEnded(db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 40_000);

test.concurrent('a search for such tasks that is carried out late hands back nothing that runs by then', async () => {
  await using lab = await startLab(6_000, { simulatedLatencyMs: 4_000 });
  const { db, proxy, executor } = lab;
  const search = proxy.holdAt('attempt_started_at <');
  const doorbell = { taskId: 'none', lane: 'high', traceparent: undefined } as const;
  executor.executor.receive([{ ...doorbell, acknowledge: () => {} }]);
  await eventually('it searches', search.isHeld);

  const { id } = await submit(db, newTask({ model: 'simulated', max_attempts: 1 }));
  await eventually('a task is run that was claimed after that', async () => {
    const [task] = await db.sql<{ isOld: boolean }[]>`
      select attempt_started_at < now() - interval '1.2 seconds' as "isOld" from tasks where id = ${id} and attempts = 1`;
    return task?.isOld;
  });
  search.letGo();
  expect(await untilEnded(db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 40_000);
