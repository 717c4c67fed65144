/**
 * Runs every test and ends with `N passed, N failed`, read from the runner's own reports: first those that may share the machine, a
 * file for each core at a time, then those that need it for themselves. Arguments are passed on, in one run of one file after another:
 * `bun run test packages/db`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** They kill processes on a schedule, fill the machine with containers, or measure time. */
const ALONE = [
  'tests/faults',
  'tests/compose',
  'tests/gateway/crowd.test.ts',
  'tests/gateway/events-crowd.test.ts',
  'tests/gateway/events-idle.test.ts',
  'tests/telemetry/cost.test.ts',
];

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const folder = await mkdtemp(join(tmpdir(), 'millrace-test-report-'));
const given = process.argv.slice(2);
const runs =
  given.length > 0
    ? [given]
    : [
        [
          `--parallel=${availableParallelism()}`,
          ...ALONE.map((path) => `--path-ignore-patterns=${path.endsWith('.ts') ? path : `${path}/**`}`),
        ],
        ALONE,
      ];
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
for (const [index, options] of runs.entries()) {
  const { passed, failed, skipped } = await run(options, join(folder, `junit-${index}.xml`));
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}
await rm(folder, { recursive: true });

const { passed, failed, skipped } = totals;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

async function run(options: readonly string[], report: string): Promise<Totals> {
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
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const stop = (signal: NodeJS.Signals) => tests.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const exitCode = await tests.exited;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);

  const file = Bun.file(report);
  const root = (await file.exists()) ? (/<testsuites ([^>]*)>/.exec(await file.text())?.[1] ?? '') : '';
  const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const wrong = total('failures') + total('errors');
  return {
    passed: total('tests') - total('skipped') - wrong,
    // A run that ended badly without naming a failed test (a crash, an error outside of any test) has failed all the same.
    failed: Math.max(wrong, exitCode === 0 ? 0 : 1),
    skipped: total('skipped'),
  };
}
