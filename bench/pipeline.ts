/**
 * The whole path of a task, and where its time goes:
 * `bun bench/pipeline.ts [--tasks 20000] [--connections 64] [--executors 1] [--concurrency 256] [--warm-up 2000]`.
 *
 * Starts `bun run up` on a fresh data folder, Postgres with its durability, and submits so many tasks over so many keep-alive connections.
 * Measures how many a second are accepted and completed, and for each task the CPU time of each process (by /proc) and what Postgres
 * did (by its statistics). The same Postgres inserts and updates bare rows before and after, for comparison. Linux only.
 * Ends with 1 when a task was refused, or did not end with the right result.
 */
import { SQL } from 'bun';
import { insertAndUpdate } from './bare-postgres.ts';
import { median, reportFigures } from './figures.ts';
import { readCounts } from './options.ts';
import { describeTimes, percentile } from './percentiles.ts';
import { meterPostgres } from './postgres-meter.ts';
import { type ProcessUsage, sampleParts } from './processes.ts';
import { startPlatform } from './running-platform.ts';
import { requireCompleted, runTasks } from './task-load.ts';

const {
  tasks,
  connections,
  executors,
  concurrency,
  'warm-up': warmUp,
} = readCounts({
  tasks: { default: 20_000, max: 1_000_000 },
  connections: { default: 64, max: 1_000 },
  executors: { default: 1, max: 16 },
  concurrency: { default: 256, max: 1_000 },
  'warm-up': { default: 2_000, max: 100_000 },
});

const platform = await startPlatform({ executors, env: { EXECUTOR_CONCURRENCY: String(concurrency) } });
const sql = new SQL(platform.databaseUrl, { max: 1 });
try {
  const load = { gatewayPort: platform.gatewayPort, connections };
  await runTasks(sql, { ...load, tasks: warmUp });
  const bareRows = Math.min(tasks, 10_000);
  const bare = [await insertAndUpdate(platform.databaseUrl, bareRows, connections)];
  console.log(`${tasks} tasks over ${connections} connections, executors: ${executors} …`);
  const { value: run, work } = await meterPostgres(sql, async () => {
    const before = sampleParts(platform.pid);
    const driverBefore = process.cpuUsage();
    const result = await runTasks(sql, { ...load, tasks });
    const driver = process.cpuUsage(driverBefore);
    return { ...result, before, after: sampleParts(platform.pid), driver };
  });
  bare.push(await insertAndUpdate(platform.databaseUrl, bareRows, connections));
  await requireCompleted(sql, warmUp + tasks);

  console.log(`POST: ${describeTimes(run.postMs)}`);
  const cpuMs = printProcesses(run.before, run.after, run.driver);
  reportFigures([
    { name: 'completed', value: run.completedPerSecond, unit: 'tasks/s' },
    { name: 'accepted', value: run.acceptedPerSecond, unit: 'tasks/s' },
    { name: 'bare insert + update', value: median(bare), unit: 'rows/s' },
    { name: 'completed ÷ bare insert + update', value: run.completedPerSecond / median(bare), unit: '×' },
    { name: 'POST p50', value: percentile(run.postMs, 0.5), unit: 'ms' },
    { name: 'POST p99', value: percentile(run.postMs, 0.99), unit: 'ms' },
    { name: 'CPU, all but the driver', value: cpuMs, unit: 'ms/task' },
    { name: 'Postgres: statements', value: work.transactions / tasks, unit: '/task' },
    { name: 'Postgres: commits that wrote', value: work.commits / tasks, unit: '/task' },
    { name: 'Postgres: WAL flushes', value: work.walSyncs / tasks, unit: '/task' },
    { name: 'Postgres: WAL records', value: work.walRecords / tasks, unit: '/task' },
    { name: 'Postgres: WAL', value: work.walBytes / tasks, unit: 'bytes/task' },
    { name: 'Postgres: full pages in WAL', value: work.fullPages / tasks, unit: '/task' },
  ]);
} finally {
  await sql.close();
  await platform.stop();
}

/** @returns CPU time of a task in all of the platform's processes */
function printProcesses(
  before: Map<string, ProcessUsage>,
  after: Map<string, ProcessUsage>,
  driver: NodeJS.CpuUsage,
): number {
  const print = (name: string, ...cells: string[]) =>
    console.log(name.padEnd(20) + cells.map((cell) => cell.padStart(12)).join(''));
  print('process', 'CPU ms/task', 'RSS MB', 'PSS MB');
  let total = 0;
  for (const { name, cpuMs, rssMb, pssMb } of after.values()) {
    const perTask = (cpuMs - (before.get(name)?.cpuMs ?? 0)) / tasks;
    total += perTask;
    print(name, perTask.toFixed(4), rssMb.toFixed(1), pssMb.toFixed(1));
  }
  print('all of these', total.toFixed(4));
  print('driver', ((driver.user + driver.system) / 1000 / tasks).toFixed(4));
  return total;
}
