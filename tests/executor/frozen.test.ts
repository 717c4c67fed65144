import { expect, test } from 'bun:test';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

const LEASE_MS = 2_000;

test('an executor that was frozen past its leases goes on with what nobody has taken', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  await using _executor = await startExecutor(database.db, {
    models: 'gpt=simulated',
    baseUrl: '',
    leaseMs: LEASE_MS,
    simulatedLatencyMs: 8_000,
  });
  const id = await submitTask(database.db);
  // Whether it first looks for lost tasks or renews is a matter of luck.
  for (let freeze = 1; freeze <= 3; freeze++) {
    await eventually('it runs', async () => {
      const [row] = await sql`select from tasks where id = ${id} and status = 'RUNNING' and due_at > now()`;
      return row;
    });
    Bun.sleepSync(LEASE_MS + 200);
  }
  expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
}, 30_000);
