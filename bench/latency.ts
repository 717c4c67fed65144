/**
 * How long a task takes for a client that waits for it:
 * `bun bench/latency.ts [--tasks 500] [--gap-ms 20] [--load-tasks 20000] [--seconds 15] [--connections 64] [--executors 1] [--concurrency 256]`.
 *
 * Starts `bun run up` on a fresh data folder. One client submits tasks one at a time, after random gaps, and polls each
 * every millisecond until it is COMPLETED: first on an idle platform, then while other clients submit at half the rate at
 * which `--load-tasks` tasks completed before, whether answered or not. Exits with 1 if a task does not complete.
 */
import { SQL } from 'bun';
import { reportFigures } from './figures.ts';
import { readCounts } from './options.ts';
import { describeTimes, percentile } from './percentiles.ts';
import { startPlatform } from './running-platform.ts';
import { runTasks } from './task-load.ts';
import { type ProbedTimes, probeTasks } from './task-probe.ts';

const {
  tasks,
  'gap-ms': gapMs,
  'load-tasks': loadTasks,
  seconds,
  connections,
  executors,
  concurrency,
} = readCounts({
  tasks: { default: 500, max: 100_000 },
  'gap-ms': { default: 20, max: 10_000 },
  'load-tasks': { default: 20_000, max: 1_000_000 },
  seconds: { default: 15, max: 600 },
  connections: { default: 64, max: 1_000 },
  executors: { default: 1, max: 16 },
  concurrency: { default: 256, max: 1_000 },
});

const LABELS: Record<keyof ProbedTimes, string> = {
  accepted: 'POST → 202',
  queued: 'created → started',
  ran: 'started → finished',
  seen: 'POST → seen COMPLETED',
};

const platform = await startPlatform({ executors, env: { EXECUTOR_CONCURRENCY: String(concurrency) } });
const { gatewayPort: port, databaseUrl } = platform;
const sql = new SQL(databaseUrl, { max: 2 });
try {
  const { completedPerSecond } = await runTasks(sql, { port, tasks: loadTasks, connections });
  print('idle', await probeTasks(sql, { port, gapMs, goOn: (count) => count < tasks }));

  const rate = completedPerSecond / 2;
  let loaded = true;
  const load = runTasks(sql, { port, tasks: Math.ceil(rate * seconds), connections, rate });
  const [others, times] = await Promise.all([
    load.finally(() => {
      loaded = false;
    }),
    probeTasks(sql, { port, gapMs, goOn: () => loaded }),
  ]);
  print('at 50 % load', times);
  console.log(`the others' POST, at ${rate.toFixed(0)} tasks/s: ${describeTimes(others.postMs)}`);
} finally {
  await sql.close();
  await platform.stop();
}

function print(when: string, times: ProbedTimes): void {
  for (const key of Object.keys(LABELS) as (keyof ProbedTimes)[]) {
    console.log(`${when}, ${LABELS[key].padEnd(21)} ${describeTimes(times[key])}`);
  }
  reportFigures(
    [0.5, 0.99].map((share) => ({
      name: `${when}: ${LABELS.seen}, p${share * 100}`,
      value: percentile(times.seen, share),
      unit: 'ms',
    })),
  );
}
