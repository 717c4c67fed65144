import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '@millrace/db';
import { startOwnPostgres } from '../own-postgres.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

const LEASE_MS = 2_000;

afterEach(() => {
  setSystemTime();
});

test('after Postgres was frozen past their leases, an executor continues its tasks', async () => {
  await using postgres = await startOwnPostgres();
  await migrate(postgres.url);
  await using db = openPool(postgres.url, 4);
  await using executor = await startExecutor(db, {
    models: 'gpt=simulated',
    baseUrl: '',
    leaseMs: LEASE_MS,
    simulatedLatencyMs: 4 * LEASE_MS,
  });
  const id = await submitTask(db);
  await eventually('it runs, and the next heartbeat is more than a poll away', () => {
    const { running, last_renewal_ms_ago } = executor.executor.progress();
    return running === 1 && last_renewal_ms_ago !== null && last_renewal_ms_ago < 100;
  });
  const sessions = await db.sql<{ pid: number }[]>`
    select pid from pg_stat_activity union select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::integer`;
  for (const { pid } of sessions) process.kill(pid, 'SIGSTOP');
  await delay(LEASE_MS + 500);
  for (const { pid } of sessions) process.kill(pid, 'SIGCONT');
  expect(await untilEnded(db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 30_000);

test('an executor frozen past its leases continues the tasks that nobody has taken', async () => {
  // One connection, so that statements are answered in order.
  await using database = await createTestDatabase(1);
  await using executor = await startExecutor(database.db, {
    models: 'gpt=simulated',
    baseUrl: '',
    leaseMs: LEASE_MS,
    simulatedLatencyMs: 12_000,
  });
  const id = await submitTask(database.db);
  await eventually('it runs', () => executor.executor.progress().running === 1);
  // The second time, its renewal or a poll is on its way.
  for (let freeze = 1; freeze <= 2; freeze++) {
    Bun.sleepSync(LEASE_MS + 200);
    await delay(1);
  }
  expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 30_000);

test('after the machine has slept for an hour, an executor continues its tasks', async () => {
  await using database = await createTestDatabase(1);
  const { sql } = database.db;
  const leaseMs = 6_000;
  await using executor = await startExecutor(database.db, {
    models: 'gpt=simulated',
    baseUrl: '',
    leaseMs,
    simulatedLatencyMs: 5_000,
  });
  const id = await submitTask(database.db);
  await eventually('it runs, and the next heartbeat is more than a poll away', () => {
    const { running, last_renewal_ms_ago } = executor.executor.progress();
    return running === 1 && last_renewal_ms_ago !== null && last_renewal_ms_ago < 200;
  });
  // Its clock has moved on, and so the lease has expired, while the timers stood still.
  setSystemTime(Date.now() + 3_600_000);
  await sql`update tasks set due_at = now()`;
  expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 30_000);

test('while its leases cannot be renewed, an executor takes no tasks for lost', async () => {
  await using database = await createTestDatabase(4);
  const { sql } = database.db;
  await sql`
    create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'out of memory' using errcode = 'out_of_memory';
    end $$`;
  await using executor = await startExecutor(database.db, {
    models: 'gpt=simulated',
    baseUrl: '',
    leaseMs: LEASE_MS,
    simulatedLatencyMs: 4 * LEASE_MS,
  });
  const id = await submitTask(database.db);
  await eventually('it runs', () => executor.executor.progress().running === 1);
  await sql`
    create trigger refuse before update on tasks for each row
      when (old.status = 'RUNNING' and new.status = 'RUNNING' and new.attempts = old.attempts) execute function refuse()`;
  // Another executor dies that runs a task under a lease as long.
  const lost = await submitTask(database.db, { delay_ms: 60_000 });
  await sql`
    update tasks set status = 'RUNNING', attempts = 1, executor = 'dead', started_at = now(), attempt_started_at = now(),
      due_at = now() + make_interval(secs => ${LEASE_MS / 1000})
    where id = ${lost}`;
  await eventually('all leases have expired for longer than two polls', async () => {
    const [row] = await sql<[{ expired: boolean }]>`
      select bool_and(due_at < now() - interval '1.5 seconds') as expired from tasks`;
    return row.expired || executor.executor.progress().running !== 1;
  });
  expect(executor.executor.progress().running).toBe(1);
  await sql`drop trigger refuse on tasks`;
  expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
  expect(await untilEnded(database.db, lost, 20_000)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
}, 30_000);
