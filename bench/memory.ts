/**
 * Whether memory grows under load:
 * `bun bench/memory.ts [--minutes 60] [--rate 500] [--connections 64] [--executors 1] [--concurrency 256]`.
 *
 * Starts `bun run up` on a fresh data folder, submits tasks at this rate, and reads the memory of each process from /proc:
 * RSS, but PSS for Postgres, whose processes share most of their memory. The slope is fitted to the second half, after
 * compilers and caches have warmed up. Linux only.
 * Exits with 1 if a task does not end with the right result or, in runs of ten minutes or more, a service grew by over 10 % in that
 * half.
 */
import { SQL } from 'bun';
import { reportFigures } from './figures.ts';
import { readCounts } from './options.ts';
import { sampleParts } from './processes.ts';
import { startPlatform } from './running-platform.ts';
import { requireCompleted, runTasks } from './task-load.ts';

const GROWTH_MAX = 0.1;
/** In shorter runs a slope means little. */
const JUDGED_MINUTES_MIN = 10;
const SERVICES = ['gateway', 'executor', 'broker'];
const LINES = 10;

const { minutes, rate, connections, executors, concurrency } = readCounts({
  minutes: { default: 60, max: 1_440 },
  rate: { default: 500, max: 100_000 },
  connections: { default: 64, max: 1_000 },
  executors: { default: 1, max: 16 },
  concurrency: { default: 256, max: 1_000 },
});
const sliceSeconds = Math.max(2, minutes);
const slices = (minutes * 60) / sliceSeconds;

interface Sample {
  readonly hours: number;
  readonly mb: number;
}

const samples = new Map<string, Sample[]>();
const platform = await startPlatform({ executors, env: { EXECUTOR_CONCURRENCY: String(concurrency) } });
const sql = new SQL(platform.databaseUrl, { max: 1 });
try {
  const load = { port: platform.gatewayPort, connections, tasks: rate * sliceSeconds, rate };
  console.log(`${rate} tasks/s for ${minutes} min, executors: ${executors} …`);
  const begun = performance.now();
  for (let slice = 1; slice <= slices; slice++) {
    await runTasks(sql, load);
    const hours = (performance.now() - begun) / 3_600_000;
    for (const { name, rssMb, pssMb } of sampleParts(platform.pid).values()) {
      const list = samples.get(name) ?? [];
      samples.set(name, [...list, { hours, mb: name === 'postgres' ? pssMb : rssMb }]);
    }
    if (slice % Math.ceil(slices / LINES) === 0) printLatest(hours);
  }
  await requireCompleted(sql, load.tasks * slices);
} finally {
  await sql.close();
  await platform.stop();
}

let passed = true;
for (const [name, list] of samples) {
  const half = list.slice(list.length >> 1);
  const slope = slopeOf(half);
  const mean = half.reduce((sum, { mb }) => sum + mb, 0) / half.length;
  const growth = (slope * (half.at(-1)!.hours - half[0]!.hours)) / mean;
  const most = Math.max(...list.map(({ mb }) => mb));
  console.log(`${name}: peak ${most.toFixed(1)} MB`);
  const figures = [{ name: `${name}: memory at the end`, value: list.at(-1)!.mb, unit: 'MB' }];
  if (minutes >= JUDGED_MINUTES_MIN) {
    figures.push({ name: `${name}: slope`, value: slope, unit: 'MB/h' });
    passed &&= growth <= GROWTH_MAX || !SERVICES.includes(name);
  }
  reportFigures(figures);
}
console.log(passed ? 'passed' : `FAILED: a service grew by over ${GROWTH_MAX * 100} % in the second half`);
process.exit(passed ? 0 : 1);

function printLatest(hours: number): void {
  const latest = [...samples].map(([name, list]) => `${name} ${list.at(-1)!.mb.toFixed(0)}`);
  console.log(`${(hours * 60).toFixed(1)} min, MB: ${latest.join(', ')}`);
}

/** By least squares, in MB an hour. */
function slopeOf(list: readonly Sample[]): number {
  const mean = (key: keyof Sample) => list.reduce((sum, sample) => sum + sample[key], 0) / list.length;
  const [hours, mb] = [mean('hours'), mean('mb')];
  const covariance = list.reduce((sum, sample) => sum + (sample.hours - hours) * (sample.mb - mb), 0);
  const variance = list.reduce((sum, sample) => sum + (sample.hours - hours) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}
