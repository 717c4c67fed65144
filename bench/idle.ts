/**
 * What the whole platform costs when nobody uses it: `bun bench/idle.ts [--seconds 30] [--executors 1]`.
 *
 * Starts `bun run up` on a fresh data folder and free ports, waits until it is ready and has settled, and reads each
 * process' CPU time and memory from /proc, Postgres' own processes and the supervisor included. Linux only.
 * Ends with 1 when a limit is passed: 5 % of one core, 600 MB (proportional set size: shared pages counted once).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPlatform } from './running-platform.ts';

const cpuPercentMax = 5;
const memoryMbMax = 600;
/** Until the compilers of the runtime have seen what they will see. */
const settleMs = 20_000;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '30' }, executors: { type: 'string', default: '1' } },
});
const seconds = Math.min(600, Math.max(1, Number(values.seconds) || 30));

type Sample = { name: string; cpuMs: number; rssMb: number; pssMb: number };

const startedMs = performance.now();
const platform = await startPlatform({ executors: Number(values.executors) || 1 });
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

function report(before: Map<number, Sample>, after: Map<number, Sample>): number {
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
  const within = sum('cpuPercent') < cpuPercentMax && sum('pssMb') < memoryMbMax;
  console.log(
    `${within ? 'within' : 'OVER'} the limits of ${cpuPercentMax} % of a core and ${memoryMbMax} MB`,
  );
  return within ? 0 : 1;
}

/** A process and all that descend from it. */
function sampleTree(root: number): Map<number, Sample> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    if (stat) parents.set(Number(name), stat.parent);
  }
  const samples = new Map<number, Sample>();
  for (const pid of [...parents.keys()].sort((a, b) => a - b)) {
    let ancestor: number | undefined = pid;
    while (ancestor !== undefined && ancestor !== root) ancestor = parents.get(ancestor);
    const sample = ancestor === root ? sampleProcess(pid) : null;
    if (sample) samples.set(pid, sample);
  }
  return samples;
}

function sampleProcess(pid: number): Sample | null {
  const stat = readStat(pid);
  if (!stat) return null;
  try {
    const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const mb = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(memory)?.[1] ?? 0) / 1024;
    return { name: nameOf(pid), cpuMs: stat.cpuMs, rssMb: mb('Rss'), pssMb: mb('Pss') };
  } catch {
    return null;
  }
}

/** Field 4 of stat is the parent; 14 to 17 are CPU time in ticks of 10 ms, own and of children waited for. */
function readStat(pid: number): { parent: number; cpuMs: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((total, value) => total + value, 0);
    return { parent: fields[1] ?? 0, cpuMs: ticks * 10 };
  } catch {
    return null;
  }
}

function nameOf(pid: number): string {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  const script = /(?:packages|services)\/(\w+)\/src\/main\.ts/.exec(command)?.[1];
  if (script) return script === 'devstack' ? 'up (supervisor)' : script;
  return command.includes('/postgres -D') ? 'postgres' : command.slice(0, 32);
}
