/**
 * Runs every test and ends with `N passed, N failed`, read from the runner's own reports: first the files that can share
 * the machine, several at a time and the slowest first, then those that need it to themselves. With arguments, such as
 * `bun run test packages/db`, it passes them on and runs one file after another.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVERS_VARIABLE, startTestPostgres, type TestPostgres } from '../tests/test-database.ts';

/** Most suites wait for processes most of the time. */
const FILES_FOR_EACH_CORE = 2;

/** Rewritten by `bun test --timings=tests/timings.json --update-timings`; only the order depends on it. */
const TIMINGS = 'tests/timings.json';

/** They fill the machine with containers or many clients, or check a promise in milliseconds. */
const ALONE = [
  'tests/faults/liveness.test.ts',
  'tests/compose',
  'tests/gateway/crowd.test.ts',
  'tests/gateway/events-crowd.test.ts',
  'tests/telemetry/cost.test.ts',
];

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
let interrupted = false;
const given = process.argv.slice(2);
if (given.length > 0) await run(given);
else {
  await runTogether(FILES_FOR_EACH_CORE * availableParallelism());
  if (!interrupted) await run(ALONE);
}

const { passed, failed, skipped } = totals;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

async function runTogether(files: number): Promise<void> {
  const servers = await Promise.all(Array.from({ length: files }, startTestPostgres));
  const ignored = ALONE.map((path) => `--path-ignore-patterns=${path.endsWith('.ts') ? path : `${path}/**`}`);
  await run([`--parallel=${files}`, `--timings=${TIMINGS}`, ...ignored], servers);
  await Promise.all(servers.map((server) => server.stop()));
}

async function run(options: readonly string[], servers: readonly TestPostgres[] = []): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-report-'));
  const report = join(folder, 'junit.xml');
  const tests = Bun.spawn(
    // The default of 5 s is short for suites that start processes on a busy machine.
    [
      process.execPath,
      'test',
      '--timeout=30000',
      '--reporter=junit',
      `--reporter-outfile=${report}`,
      ...options,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, [SERVERS_VARIABLE]: servers.map(({ url }) => url).join(' ') },
    },
  );
  const stop = (signal: NodeJS.Signals) => {
    interrupted = true;
    tests.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const exitCode = await tests.exited;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);

  const file = Bun.file(report);
  const root = (await file.exists()) ? (/<testsuites ([^>]*)>/.exec(await file.text())?.[1] ?? '') : '';
  await rm(folder, { recursive: true });
  const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const wrong = total('failures') + total('errors');
  totals.passed += total('tests') - total('skipped') - wrong;
  // A run that exits with an error but names no failed test (a crash, an error outside of any test) has failed too.
  totals.failed += Math.max(wrong, exitCode === 0 ? 0 : 1);
  totals.skipped += total('skipped');
}
