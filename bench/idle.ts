/**
 * What the whole platform costs while idle: `bun bench/idle.ts [--seconds 30] [--executors 1]`.
 *
 * Starts `bun run up` on a fresh data folder and free ports, waits until it is ready and has settled, and reads each
 * process' CPU time and memory from /proc, Postgres' own processes and the supervisor included. Linux only.
 * Exits with 1 if a limit is exceeded: 5 % of one core, 600 MB (proportional set size: shared pages counted once).
 */
import { reportFigures } from './figures.ts';
import { readCounts } from './options.ts';
import { type ProcessUsage, sampleTree } from './processes.ts';
import { startPlatform } from './running-platform.ts';

const cpuPercentMax = 5;
const memoryMbMax = 600;
/** Until the runtime's compilers have settled. */
const settleMs = 20_000;

const { seconds, executors } = readCounts({
  seconds: { default: 30, max: 600 },
  executors: { default: 1, max: 64 },
});

const startedMs = performance.now();
const platform = await startPlatform({ executors });
try {
  console.log(
    `ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s; idle for ${seconds} s …`,
  );
  await Bun.sleep(settleMs);
  const before = sampleTree(platform.pid);
  await Bun.sleep(seconds * 1000);
  const after = sampleTree(platform.pid);
  process.exitCode = report(before, after);
} finally {
  await platform.stop();
}

function report(before: Map<number, ProcessUsage>, after: Map<number, ProcessUsage>): number {
  const rows = [...after].map(([pid, sample]) => {
    const cpuPercent = (sample.cpuMs - (before.get(pid)?.cpuMs ?? 0)) / (seconds * 10);
    return { ...sample, cpuPercent };
  });
  console.log(`${'process'.padEnd(34)}${'CPU %'.padStart(8)}${'RSS MB'.padStart(9)}${'PSS MB'.padStart(9)}`);
  const print = (name: string, cpuPercent: number, rssMb: number, pssMb: number) =>
    console.log(
      name.padEnd(34) +
        cpuPercent.toFixed(2).padStart(8) +
        rssMb.toFixed(1).padStart(9) +
        pssMb.toFixed(1).padStart(9),
    );
  for (const row of rows) print(row.name, row.cpuPercent, row.rssMb, row.pssMb);
  const sum = (key: 'cpuPercent' | 'rssMb' | 'pssMb') => rows.reduce((total, row) => total + row[key], 0);
  print('total', sum('cpuPercent'), sum('rssMb'), sum('pssMb'));
  reportFigures([
    { name: 'CPU, all processes', value: sum('cpuPercent'), unit: '% of a core' },
    { name: 'memory (PSS), all processes', value: sum('pssMb'), unit: 'MB' },
  ]);
  const within = sum('cpuPercent') < cpuPercentMax && sum('pssMb') < memoryMbMax;
  console.log(
    `${within ? 'within' : 'OVER'} the limits of ${cpuPercentMax} % of a core and ${memoryMbMax} MB`,
  );
  return within ? 0 : 1;
}
