import { expect, test } from 'bun:test';
import { openDatabase, submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { TestLogin } from '../db/test-login.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { calculatorThat, startExecutor, untilEnded } from './test-executor.ts';

/** The driver waits up to two seconds before it reconnects. */
const LEASE_MS = 12_000;
const WAIT = { timeoutMs: LEASE_MS };
const CONNECTIONS = 4;

/** A task that runs until `finish` is called, in the only slot of its executor. */
async function startLab() {
  const database = await createTestDatabase();
  const login = await TestLogin.create(database.url);
  const proxy = await startTcpProxy(login.url);
  const db = openDatabase({
    url: proxy.via(login.url),
    maxConnections: CONNECTIONS,
    applicationName: 'millrace-renewals',
  });
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const tool = calculatorThat(async () => {
    await finished;
    return '42';
  });
  const { id } = await submit(database.db, newTask({ prompt: 'calculate 6*7', max_attempts: 1 }));
  const options = { models: 'builtin', baseUrl: '', tools: [tool], leaseMs: LEASE_MS, concurrency: 1 };
  const { executor } = await startExecutor(db, { ...options, drainTimeoutMs: 10_000 });

  /** In milliseconds: when it ends, and how much of it is left. */
  async function lease(): Promise<{ until: number; left: number }> {
    const [row] = await database.db.sql<[{ until: number | null; left: number }]>`
      select extract(epoch from due_at)::float8 * 1000 as until, extract(epoch from due_at - clock_timestamp())::float8 * 1000 as left
      from tasks where id = ${id} and status = 'RUNNING'`;
    return row as { until: number; left: number };
  }

  const renewal = (until: number) =>
    eventually(
      'the lease is renewed',
      async () => {
        const renewed = await lease();
        return renewed.until > until && renewed;
      },
      WAIT,
    );

  return {
    sql: database.db.sql,
    login,
    lease,
    renewal,
    progress: () => executor.progress(),
    /** From now on nothing passes on any open connection. */
    async silenceAll() {
      await Promise.all(Array.from({ length: CONNECTIONS }, () => db.sql`select pg_sleep(0.2)`));
      proxy.silence();
    },
    async end(timeoutMs?: number) {
      finish();
      expect(await untilEnded(database.db, id, timeoutMs)).toMatchObject({
        status: 'COMPLETED',
        attempts: 1,
      });
    },
    async [Symbol.asyncDispose]() {
      finish();
      await executor.drain();
      await db.close();
      await proxy[Symbol.asyncDispose]();
      await login[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

test.concurrent('leases outlast an outage that ends before they do', async () => {
  await using lab = await startLab();
  const { until } = await eventually('it runs', lab.lease);
  // An outage that starts with a renewal ends just before the third renewal from then on is due.
  const renewed = await lab.renewal(until);
  await lab.login.refuse();
  await eventually('most of the lease is over', async () => (await lab.lease()).left < LEASE_MS / 4, WAIT);
  await lab.login.permit();

  const next = await lab.renewal(renewed.until);
  expect(next.until - LEASE_MS).toBeLessThan(renewed.until);
  await lab.end();
}, 60_000);

test.concurrent('a renewal on a silent connection is repeated on another while the lease lasts', async () => {
  await using lab = await startLab();
  const { until } = await eventually('it runs', lab.lease);
  const pid = await lab.sql.begin(async (holder) => {
    await holder`lock table tasks in share mode`;
    return eventually('a renewal waits', async () => {
      const [waiting] = await lab.sql<{ pid: number }[]>`
        select pid from pg_stat_activity
        where application_name = 'millrace-renewals' and wait_event_type = 'Lock' and query like '%renewed as%'`;
      if (waiting) process.kill(waiting.pid, 'SIGSTOP');
      return waiting?.pid;
    });
  });
  try {
    const next = await lab.renewal(until);
    expect(next.until - LEASE_MS).toBeLessThan(until);
    await lab.end();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}, 60_000);

test.concurrent('leases survive all connections going silent at once', async () => {
  await using lab = await startLab();
  const { until } = await eventually('it runs', lab.lease);
  let last = await lab.renewal(until);
  await lab.silenceAll();
  let longestMs = 0;
  const watch = setInterval(() => {
    longestMs = Math.max(longestMs, lab.progress().last_renewal_ms_ago!);
  }, 20);
  for (let count = 0; count < 2; count++) {
    const next = await lab.renewal(last.until);
    expect(next.until - LEASE_MS).toBeLessThan(last.until);
    last = next;
  }
  clearInterval(watch);
  // Otherwise it is not ready.
  expect(longestMs).toBeLessThan(LEASE_MS);
  // The outcome waits until its connection is recognised as silent.
  await lab.end(60_000);
}, 120_000);
