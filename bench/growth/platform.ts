import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, newTaskId } from '@millrace/db';
import { type Stack, startStack } from '@millrace/devstack';
import { percentile } from '../percentiles.ts';

const DELAYED = 10_000;
const DELAY_MS = 12_000;
const BATCH = 1_000;
const SETTLE_MS = 5_000;
const IDLE_SECONDS = 15;

/** The services as processes on this database, with their own broker. */
async function withStack(
  url: string,
  executors: number,
  use: (stack: Stack) => Promise<void>,
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-growth-'));
  const stack = await startStack({
    dataDir,
    executors,
    parts: ['broker', 'gateway', 'executor'],
    databaseUrl: url,
    env: { MODELS: 'builtin', DATABASE_POOL_SIZE: '2', LOG_LEVEL: 'warn' },
    startTimeoutMs: 120_000,
  });
  try {
    await use(stack);
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** How many transactions per second idle executors cost Postgres. */
export async function measureIdle(url: string, db: Database, executors: number): Promise<void> {
  await withStack(url, executors, async () => {
    await Bun.sleep(SETTLE_MS);
    const before = await transactions(db);
    const perSecond: number[] = [];
    let last = before;
    for (let second = 0; second < IDLE_SECONDS; second++) {
      await Bun.sleep(1_000);
      const count = await transactions(db);
      perSecond.push(count - last);
      last = count;
    }
    // Each count is itself a transaction.
    const rate = (last - before) / IDLE_SECONDS - 1;
    console.log(
      `  ${String(executors).padStart(2)} executors: ${rate.toFixed(1)} transactions/s, ${(rate / executors).toFixed(2)} each; ` +
        `busiest second ${Math.max(...perSecond) - 1}`,
    );
  });
}

async function transactions({ sql }: Database): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
    select (xact_commit + xact_rollback)::float8 as count from pg_stat_database where datname = current_database()`;
  return row.count;
}

/** How late delayed tasks start when many become due at the same moment. */
export async function measureDelayed(url: string, db: Database): Promise<void> {
  await withStack(url, 1, async (stack) => {
    const firstId = newTaskId();
    const runAt = new Date(Date.now() + DELAY_MS).toISOString();
    const task = { prompt: 'calculate 1+1', model: 'builtin', run_at: runAt };
    for (let sent = 0; sent < DELAYED; sent += BATCH) {
      const response = await fetch(`${stack.gatewayUrl}/tasks/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tasks: Array.from({ length: BATCH }, () => task) }),
      });
      if (!response.ok) throw new Error(`POST /tasks/batch: ${response.status} ${await response.text()}`);
    }
    const deadline = performance.now() + 60_000;
    for (;;) {
      const rows = await db.sql<{ late: number }[]>`
        select extract(epoch from started_at - run_at)::float8 as late from tasks
        where id > ${firstId} and finished_at is not null`;
      if (rows.length === DELAYED) {
        const late = rows.map((row) => row.late);
        console.log(
          `  1 executor: half of them started within ${percentile(late, 0.5).toFixed(2)} s, the last after ${percentile(late, 1).toFixed(2)} s`,
        );
        return;
      }
      if (performance.now() > deadline) throw new Error(`only ${rows.length} have ended`);
      await Bun.sleep(250);
    }
  });
}
