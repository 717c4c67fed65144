import { expect, test } from 'bun:test';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

const LEASE_MS = 2_000;

test('an executor frozen past its leases continues the tasks that nobody has taken', async () => {
  // One connection, so that statements are answered in order.
  await using database = await createTestDatabase(1);
  await using executor = await startExecutor(database.db, {
    models: 'gpt=simulated',
    baseUrl: '',
    leaseMs: LEASE_MS,
    simulatedLatencyMs: 8_000,
  });
  const id = await submitTask(database.db);
  // Right after a heartbeat, so that the next poll for lost tasks comes before the next heartbeat; twice, since a poll may be in flight.
  for (let freeze = 1; freeze <= 2; freeze++) {
    await eventually('it runs, and has just renewed its leases', () => {
      const { running, last_renewal_ms_ago } = executor.executor.progress();
      return running === 1 && last_renewal_ms_ago !== null && last_renewal_ms_ago < 200;
    });
    Bun.sleepSync(LEASE_MS + 200);
  }
  expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 30_000);
