/**
 * The whole path of a task, and where its time goes:
 * `bun bench/pipeline.ts [--tasks 20000] [--connections 64] [--executors 1] [--concurrency 256] [--warm-up 2000]`.
 *
 * Starts `bun run up` on a fresh data folder, with durable Postgres, and submits the tasks over keep-alive connections.
 * Measures accepted and completed tasks per second and, per task, the CPU time of each process (from /proc) and the work
 * of Postgres (from its statistics). Before and after, inserts and updates bare rows in the same Postgres for comparison.
 * Linux only. Exits with 1 if a task was refused or did not end with the right result.
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
  const load = { port: platform.gatewayPort, connections };
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
  const cpu = cpuOfTask(run.before, run.after);
  const cpuMs = [...cpu.values()].reduce((sum, ms) => sum + ms, 0);
  console.log('memory under load, MB (RSS; PSS):');
  for (const { name, rssMb, pssMb } of run.after.values()) {
    console.log(`  ${name.padEnd(16)} ${rssMb.toFixed(1).padStart(8)} ${pssMb.toFixed(1).padStart(8)}`);
  }
  reportFigures([
    { name: 'completed', value: run.completedPerSecond, unit: 'tasks/s' },
    { name: 'accepted', value: run.acceptedPerSecond, unit: 'tasks/s' },
    { name: 'bare insert + update', value: median(bare), unit: 'rows/s' },
    { name: 'completed ÷ bare insert + update', value: run.completedPerSecond / median(bare), unit: '×' },
    { name: 'POST p50', value: percentile(run.postMs, 0.5), unit: 'ms' },
    { name: 'POST p99', value: percentile(run.postMs, 0.99), unit: 'ms' },
    ...[...cpu].map(([name, value]) => ({ name: `CPU: ${name}`, value, unit: 'ms/task' })),
    { name: 'CPU: sum of the above', value: cpuMs, unit: 'ms/task' },
    { name: 'CPU: driver', value: (run.driver.user + run.driver.system) / 1000 / tasks, unit: 'ms/task' },
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

/** CPU milliseconds per task in each process of the platform. */
function cpuOfTask(
  before: ReadonlyMap<string, ProcessUsage>,
  after: ReadonlyMap<string, ProcessUsage>,
): Map<string, number> {
  const perTask = ({ name, cpuMs }: ProcessUsage) => (cpuMs - (before.get(name)?.cpuMs ?? 0)) / tasks;
  return new Map([...after.values()].map((usage) => [usage.name, perTask(usage)]));
}
