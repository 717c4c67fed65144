import { expect, test } from 'bun:test';
import { submit } from '@millrace/db';
import { freePort } from '@millrace/devstack';
import { newTask } from '../db/new-task.ts';
import { lockTable } from '../open-transaction.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { createGatewayApp, createWaiters } from './gateway.ts';
import { startGateway } from './gateway-process.ts';
import { rawGet } from './raw-request.ts';

/** The shortest possible: Bun checks its connections every few seconds. */
const IDLE_TIMEOUT_SECONDS = 1;
const WAIT_SECONDS = 8;

test.concurrent('a waiting request is not cut off as idle, and a hanging one is', async () => {
  await using database = await createTestDatabase(2);
  const port = await freePort();
  const waiters = createWaiters(database.db);
  const app = createGatewayApp(database.db, { waiters });
  app.listen({ hostname: '127.0.0.1', port, reusePort: false, idleTimeout: IDLE_TIMEOUT_SECONDS });
  try {
    const { id } = await submit(database.db, newTask());
    const begun = performance.now();
    const waiting = rawGet(port, `/tasks/${id}?wait=${WAIT_SECONDS}`).answer;
    const answer = await within('the answer', 20_000, waiting);
    expect(answer.status).toBe(200);
    expect(answer.answeredAt - begun).toBeGreaterThan(WAIT_SECONDS * 1000 - 10);

    // Proves that the wait above would otherwise have been cut.
    await using locked = await lockTable(database.db, 'tasks');
    const hanging = rawGet(port, `/tasks/${id}`).answer;
    await expect(within('the end of the connection', WAIT_SECONDS * 1000, hanging)).rejects.toThrow('closed');
    await locked[Symbol.asyncDispose]();
  } finally {
    waiters.stop();
    await app.stop(true);
  }
}, 60_000);

test.concurrent('a waiting request learns that Postgres does not answer, as others do', async () => {
  await using database = await createTestDatabase(2);
  await using gateway = await startGateway({ DATABASE_URL: database.url });
  const { id } = await submit(database.db, newTask());
  await using locked = await lockTable(database.db, 'tasks');
  // Two statements at a time: the third read waits for one of them to time out, and then for its own.
  const reads = [];
  for (const busy of [1, 2]) {
    reads.push(rawGet(gateway.port, `/tasks/${id}`).answer);
    await eventually('the read is blocked', async () => {
      const waiting = await database.db.sql`
        select 1 from pg_stat_activity where application_name = 'millrace-gateway' and wait_event_type = 'Lock'`;
      return waiting.length === busy;
    });
  }
  reads.push(rawGet(gateway.port, `/tasks/${id}?wait=1`).answer);
  const answers = await within('the answers', 45_000, Promise.all(reads));
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  await locked[Symbol.asyncDispose]();
}, 60_000);
