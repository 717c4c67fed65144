import { claimDue, complete, type Database, DueHorizon } from '@millrace/db';
import { cpuMsOf } from '../processes.ts';
import { deleteUnfinished, fillPending } from './fill.ts';

const LANES = ['high', 'normal', 'low'] as const;
const LEASE = { executor: 'bench', lease_ms: 60_000 };
const CLAIM = 100;
const WARM_UP = 5_000;
const PART = 1_000;

/** Shows that the length of a backlog does not change the rate at which it is drained: by polls, 100 tasks at a time. */
export async function measureBacklog(db: Database, sizes: readonly number[], drained: number): Promise<void> {
  console.log(`\nclaimed and completed from a backlog, ${drained.toLocaleString('en')} tasks of each`);
  await fillPending(db, WARM_UP);
  for (let done = 0; done < WARM_UP; ) done += await drainOnce(db, new DueHorizon());
  for (const size of sizes) {
    const horizon = new DueHorizon();
    let [ms, pages, wal, cpuMs] = [0, 0, 0, 0];
    for (let tasks = 0, left = 0; tasks < drained; tasks += PART, left -= PART) {
      if (left <= 0) {
        await fillPending(db, size);
        // What a page costs in WAL depends on whether it was written since the last checkpoint.
        await db.sql`checkpoint`;
        left = size;
      }
      const before = {
        pages: await pagesRead(db),
        wal: await walWritten(db),
        cpuMs: await cpuUsed(db),
        at: performance.now(),
      };
      for (let done = 0; done < PART; ) done += await drainOnce(db, horizon);
      ms += performance.now() - before.at;
      cpuMs += (await cpuUsed(db)) - before.cpuMs;
      wal += (await walWritten(db)) - before.wal;
      pages += (await pagesRead(db)) - before.pages;
    }
    console.log(
      `  of ${size.toLocaleString('en').padStart(9)}: ${((1000 * drained) / ms).toFixed(0)}/s; per task ` +
        `${((1000 * cpuMs) / drained).toFixed(0)} µs of Postgres' CPU time, ${(pages / drained).toFixed(1)} pages, ` +
        `${(wal / drained).toFixed(0)} bytes of WAL`,
    );
    await deleteUnfinished(db);
  }
}

/** By the connection's own backend. */
async function cpuUsed({ sql }: Database): Promise<number> {
  const [row] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  return cpuMsOf(row.pid);
}

async function walWritten({ sql }: Database): Promise<number> {
  const [row] = await sql<[{ bytes: number }]>`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`;
  return row.bytes;
}

/** How polls fare while a transaction stays open, as in a backup, which keeps dead index entries from being removed. */
export async function measureHeldBackVacuum(db: Database, other: Database, tasks: number): Promise<void> {
  console.log(
    `\n${tasks.toLocaleString('en')} tasks while a transaction is held open; pages read by a poll for due tasks`,
  );
  await other.sql.begin('isolation level repeatable read', async (holder) => {
    await holder`set local idle_in_transaction_session_timeout = 0`;
    await holder`select count(*) from (select from tasks limit 1) as one`;
    const horizon = new DueHorizon();
    for (let part = 1; part <= 5; part++) {
      await fillPending(db, tasks / 5);
      for (let done = 0; done < tasks / 5; ) done += await drainOnce(db, horizon);
      const known = await lookOnce(db, horizon);
      const unknown = await lookOnce(db, new DueHorizon());
      console.log(
        `  after ${((tasks / 5) * part).toLocaleString('en').padStart(8)}: ` +
          `${known.read} pages, ${known.ms.toFixed(2)} ms; without the horizon of earlier polls: ` +
          `${unknown.read} pages, ${unknown.ms.toFixed(2)} ms`,
      );
    }
  });
}

async function drainOnce(db: Database, horizon: DueHorizon): Promise<number> {
  const { claimed } = await claimDue(db, { ...LEASE, limit: CLAIM, lanes: LANES, horizon });
  const result = { output: '2', steps: [] };
  await Promise.all(
    claimed.map(({ id, attempts }) => complete(db, { task_id: id, attempt: attempts, result, usage: null })),
  );
  return claimed.length;
}

async function lookOnce(db: Database, horizon: DueHorizon): Promise<{ read: number; ms: number }> {
  const before = await pagesRead(db);
  const begun = performance.now();
  await claimDue(db, { ...LEASE, limit: CLAIM, lanes: LANES, horizon });
  const ms = performance.now() - begun;
  return { read: (await pagesRead(db)) - before, ms };
}

async function pagesRead({ sql }: Database): Promise<number> {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<[{ pages: number }]>`
    select (idx_blks_hit + idx_blks_read + heap_blks_hit + heap_blks_read)::integer as pages
    from pg_statio_user_tables where relname = 'tasks'`;
  return row.pages;
}
