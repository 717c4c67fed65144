import { afterEach, expect, setSystemTime, test } from 'bun:test';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

const LEASE_MS = 2_000;

afterEach(() => {
  setSystemTime();
});

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
  // Each time no statement is on its way, and the next poll comes before the next heartbeat.
  for (let freeze = 1; freeze <= 2; freeze++) {
    await eventually('it runs, has just renewed its leases, and looked for lost tasks after that', () => {
      const { running, last_renewal_ms_ago, last_look_ms_ago } = executor.executor.progress();
      if (running !== 1 || last_renewal_ms_ago === null || last_look_ms_ago === null) return false;
      return last_renewal_ms_ago < 200 && last_look_ms_ago < Math.min(100, last_renewal_ms_ago);
    });
    Bun.sleepSync(LEASE_MS + 200);
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

test('while its leases cannot be renewed, an executor does not take its own tasks for lost', async () => {
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
  await eventually('its lease has expired for longer than two polls', async () => {
    const [row] = await sql<[{ expired: boolean }]>`
      select bool_or(due_at < now() - interval '1.5 seconds') as expired from tasks`;
    return row.expired || executor.executor.progress().running !== 1;
  });
  await sql`drop trigger refuse on tasks`;
  expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 30_000);
