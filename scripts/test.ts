/**
 * Runs every test and ends with `N passed, N failed`, read from the runner's own report. Arguments are passed on:
 * `bun run test packages/db`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = await mkdtemp(join(tmpdir(), 'millrace-test-report-'));
const report = join(folder, 'junit.xml');
const run = Bun.spawn(
  // The default of 5 s is short for suites that start processes on a busy machine.
  [
    process.execPath,
    'test',
    '--timeout=30000',
    '--reporter=junit',
    `--reporter-outfile=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => run.kill(signal));
const exitCode = await run.exited;

const file = Bun.file(report);
const totals = (await file.exists()) ? (/<testsuites ([^>]*)>/.exec(await file.text())?.[1] ?? '') : '';
await rm(folder, { recursive: true });
const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(totals)?.[1] ?? 0);
const skipped = total('skipped');
// A run that ended badly without naming a failed test (a crash, an error outside of any test) has failed all the same.
const failed = Math.max(total('failures') + total('errors'), exitCode === 0 ? 0 : 1);
const passed = total('tests') - skipped - (total('failures') + total('errors'));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
