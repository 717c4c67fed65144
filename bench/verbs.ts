/**
 * How many rows per second submissions, claims and completions write, by batch size:
 * `bun bench/verbs.ts [--rows 20000] [--rounds 3]`.
 *
 * Calls the verbs of packages/db on a durable embedded Postgres, without services: a batch of calls shares one statement
 * and commit, and the next batch starts when it is answered. Each round covers all sizes, smaller ones with fewer rows;
 * the median of the rounds counts. Exits with 1 if a row was not written.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  claim,
  complete,
  migrate,
  type NewTask,
  newTask,
  openDatabase,
  submit,
  UNRESTRICTED,
} from '@millrace/db';
import { startPostgres } from '@millrace/devstack';
import { median, reportFigures } from './figures.ts';
import { readCounts } from './options.ts';

const SIZES = [1, 10, 100] as const;
/** A batch of one takes about as long as one of a hundred. */
const BATCHES_MAX = 500;
const EXECUTOR = 'bench';
const LEASE_MS = 60_000;

const { rows: rowsMax, rounds } = readCounts({
  rows: { default: 20_000, max: 1_000_000 },
  rounds: { default: 3, max: 100 },
});

const verbs = ['submit', 'claim', 'complete'] as const;
type Verb = (typeof verbs)[number];
const rates = new Map<string, number[]>();
const rateOf = (verb: Verb, size: number) => median(rates.get(`${verb}/${size}`) ?? []);

await using cleanUp = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
const { url } = cleanUp.use(await startPostgres({ dataDir: join(folder, 'postgres') }));
await migrate(url);
const db = openDatabase({ url, maxConnections: 4, applicationName: 'millrace-bench' });
cleanUp.defer(() => db.close());
await writeRows(100, 1_000);
rates.clear();
for (let round = 0; round < rounds; round++) {
  for (const size of SIZES) await writeRows(size, Math.min(rowsMax, size * BATCHES_MAX));
}

console.log(`${'rows/s'.padEnd(10)}${SIZES.map((size) => `batches of ${size}`.padStart(16)).join('')}`);
for (const verb of verbs) {
  const cells = SIZES.map((size) => rateOf(verb, size).toFixed(0).padStart(16));
  console.log(verb.padEnd(10) + cells.join(''));
}
reportFigures(
  verbs.flatMap((verb) => [
    { name: `${verb}: batches of 100`, value: rateOf(verb, 100), unit: 'rows/s' },
    { name: `${verb}: batches of 100 ÷ of 1`, value: rateOf(verb, 100) / rateOf(verb, 1), unit: '×' },
  ]),
);

async function writeRows(size: number, rows: number): Promise<void> {
  const tasks = Array.from({ length: rows }, () =>
    newTask({ prompt: 'calculate 1+1' }, UNRESTRICTED, { defaultModel: 'builtin', idempotencyKey: null }),
  );
  const result = { output: '2', steps: [] };
  await measure('submit', tasks, size, async (task) => (await submit(db, task)).id === task.id);
  await measure('claim', tasks, size, async ({ id: task_id }) => {
    const claimed = await claim(db, { task_id, executor: EXECUTOR, lease_ms: LEASE_MS });
    return claimed?.attempts === 1;
  });
  await measure('complete', tasks, size, ({ id: task_id }) =>
    complete(db, { task_id, attempt: 1, result, usage: null }),
  );
}

async function measure(
  verb: Verb,
  tasks: readonly NewTask[],
  size: number,
  write: (task: NewTask) => Promise<boolean>,
): Promise<void> {
  const begun = performance.now();
  let written = 0;
  for (let begin = 0; begin < tasks.length; begin += size) {
    const outcomes = await Promise.all(tasks.slice(begin, begin + size).map(write));
    written += outcomes.filter(Boolean).length;
  }
  const perSecond = (tasks.length * 1000) / (performance.now() - begun);
  if (written !== tasks.length) throw new Error(`${verb}: ${written} of ${tasks.length} rows were written`);
  const key = `${verb}/${size}`;
  rates.set(key, [...(rates.get(key) ?? []), perSecond]);
}
