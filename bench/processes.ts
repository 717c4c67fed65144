import { readdirSync, readFileSync } from 'node:fs';

/** What a process uses, from /proc: Linux only. PSS divides a shared page among the processes that share it. */
export interface ProcessUsage {
  readonly name: string;
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly pssMb: number;
}

/** A process and its descendants, by pid. */
export function sampleTree(root: number): Map<number, ProcessUsage> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    if (stat) parents.set(Number(name), stat.parent);
  }
  const samples = new Map<number, ProcessUsage>();
  for (const pid of [...parents.keys()].sort((a, b) => a - b)) {
    let ancestor: number | undefined = pid;
    while (ancestor !== undefined && ancestor !== root) ancestor = parents.get(ancestor);
    const sample = ancestor === root ? sampleProcess(pid) : null;
    if (sample) samples.set(pid, sample);
  }
  return samples;
}

/** The same by kind of process: all executors together, and all processes of Postgres. */
export function sampleParts(root: number): Map<string, ProcessUsage> {
  const parts = new Map<string, ProcessUsage>();
  for (const usage of sampleTree(root).values()) {
    const name = usage.name.startsWith('postgres') ? 'postgres' : usage.name;
    const sum = parts.get(name);
    parts.set(name, {
      name,
      cpuMs: usage.cpuMs + (sum?.cpuMs ?? 0),
      rssMb: usage.rssMb + (sum?.rssMb ?? 0),
      pssMb: usage.pssMb + (sum?.pssMb ?? 0),
    });
  }
  return parts;
}

/** CPU time of one process, in steps of 10 ms; NaN if it does not run. */
export function cpuMsOf(pid: number): number {
  return readStat(pid)?.cpuMs ?? Number.NaN;
}

function sampleProcess(pid: number): ProcessUsage | null {
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

/** Field 4 of stat is the parent; 14 to 17 are the CPU time, its own and that of reaped children, in ticks of 10 ms. */
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
  // Not to be confused with the driver: bench/gateway.ts is not the gateway.
  const script = /(?:packages|services)\/(\w+)\/src\/main\.ts|(bench\/[\w-]+)\.ts/.exec(command);
  const name = script?.[1] ?? script?.[2];
  if (name) return name === 'devstack' ? 'up (supervisor)' : name;
  return command.includes('/postgres -D') ? 'postgres' : command.slice(0, 32);
}
