/**
 * How costs grow with the number of tasks:
 * `bun bench/growth.ts [--sizes 10000,1000000,10000000] [--rounds 15] [--backlog 1000000] [--only verbs,backlog,vacuum,delayed,idle]`.
 *
 * Starts a separate Postgres with fsync, and fills a database per size with finished tasks through SQL; 10 million take
 * about 6 GB of disk and five minutes. Then runs every verb in turn on all of them, drains a backlog, polls for due tasks
 * while a transaction is held open, lets delayed tasks become due at once, and runs idle executors on the largest
 * database.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Database, migrate, openDatabase } from '@millrace/db';
import { createDatabase, startPostgres } from '@millrace/devstack';
import { measureBacklog, measureHeldBackVacuum } from './growth/backlog.ts';
import { measureBySize } from './growth/by-size.ts';
import { fillFinished } from './growth/fill.ts';
import { measureDelayed, measureIdle } from './growth/platform.ts';
import { onExit } from './on-exit.ts';
import { count, orUsage } from './options.ts';

const PARTS = ['verbs', 'backlog', 'vacuum', 'delayed', 'idle'];
const usage = `[--sizes 10000,1000000,10000000] [--rounds 15] [--backlog 1000000] [--only ${PARTS.join(',')}]`;
const { sizes, rounds, backlog, only } = orUsage(usage, () => {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: '10000,1000000,10000000' },
      rounds: { type: 'string', default: '15' },
      backlog: { type: 'string', default: '1000000' },
      only: { type: 'string', default: PARTS.join(',') },
    },
  });
  const only = new Set(values.only.split(','));
  const unknown = [...only].find((part) => !PARTS.includes(part));
  if (unknown !== undefined)
    throw new Error(`--only: ${JSON.stringify(unknown)} is none of ${PARTS.join(', ')}`);
  const sizes = new Set(values.sizes.split(',').map((size) => count('sizes', size, 20_000_000)));
  return {
    sizes: [...sizes].sort((a, b) => a - b),
    rounds: count('rounds', values.rounds, 200),
    backlog: count('backlog', values.backlog, 5_000_000),
    only,
  };
});
const SETTINGS = {
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  maintenance_work_mem: '256MB',
  max_connections: 200,
};

const dataDir = mkdtempSync(join(tmpdir(), 'millrace-growth-postgres-'));
const server = await startPostgres({ dataDir: join(dataDir, 'data'), settings: SETTINGS });
const opened: Database[] = [];
onExit(() => server.kill('SIGQUIT'));
try {
  const sized = [];
  for (const size of sizes) {
    const url = await createDatabase(server.url, `tasks_${size}`);
    await migrate(url);
    const db = await open(url);
    const begun = performance.now();
    await fillFinished(db, size);
    console.log(
      `filled ${size.toLocaleString('en')} in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    );
    sized.push({ size, url, db });
  }
  const largest = sized.at(-1)!;
  if (only.has('verbs')) await measureBySize(sized, rounds);
  if (only.has('backlog')) await measureBacklog(largest.db, [1_000, backlog], 20_000);
  if (only.has('vacuum')) await measureHeldBackVacuum(largest.db, await open(largest.url), 200_000);
  if (only.has('delayed')) {
    console.log('\n10,000 delayed tasks, all due at the same moment');
    await measureDelayed(largest.url, largest.db);
  }
  if (only.has('idle')) {
    console.log(
      `\nidle, with ${largest.size.toLocaleString('en')} finished tasks and with ${sized[0]!.size.toLocaleString('en')}`,
    );
    await measureIdle(largest.url, largest.db, 1);
    await measureIdle(sized[0]!.url, sized[0]!.db, 1);
    await measureIdle(largest.url, largest.db, 16);
  }
} finally {
  for (const db of opened) await db.close();
  await server.stop('fast');
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(0);

async function open(url: string): Promise<Database> {
  const db = openDatabase({ url, maxConnections: 1, applicationName: 'millrace-growth' });
  opened.push(db);
  // The services' timeout would end a statement that fills or empties a table.
  await db.sql`set statement_timeout = 0`;
  return db;
}
