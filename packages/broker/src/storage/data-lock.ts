import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './durable-file.ts';

type Owner = { pid: number; startedAt: string | null };

/**
 * Locks a data folder with a file that names this process; the lock of a dead process is taken over. Throws if the
 * folder belongs to another running broker. Returns the unlock function.
 */
export function lockDataFolder(directory: string): () => void {
  const path = join(directory, 'lock');
  const mine = join(directory, `lock.${process.pid}`);
  try {
    writeFileSync(mine, JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) }));
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        // A link appears with its content, or not at all.
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readJson(path) as Owner | undefined;
      if (owner !== undefined && isAlive(owner)) {
        throw new Error(`${directory} is in use by the broker with pid ${owner.pid}`);
      }
      setAside(path, `${mine}.stale`, owner);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new Error(`${directory} is being locked by other brokers`);
}

/** Removes a dead owner's lock, unless another broker was faster and holds it now. */
function setAside(path: string, aside: string, dead: Owner | undefined): void {
  try {
    renameSync(path, aside);
    const moved = readJson(aside) as Owner | undefined;
    if (moved !== undefined && moved.pid !== dead?.pid && isAlive(moved)) linkSync(aside, path);
    rmSync(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function isAlive({ pid, startedAt }: Owner): boolean {
  if (pid === process.pid) return startedAt === processStart(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // Pids are reused: a process that started at another time is not the owner.
  const start = processStart(pid);
  return start === null ? startedAt === null : start === startedAt;
}

/** When a process started, in the kernel's ticks; null if it is dead or a zombie, or there is no /proc. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
