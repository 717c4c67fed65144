import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { identify, type ProcessIdentity } from '../process/identity.ts';

/** The server that a data folder's postmaster.pid names, if it is really running. */
export type RunningPostmaster = { process: ProcessIdentity; port: number; ready: boolean };

/*
 * postmaster.pid, one value a line:
 *   1 pid   2 data folder   3 start time   4 port   5 socket folder   6 listen address   7 shared memory   8 status
 */
export function readPostmaster(dataDir: string): RunningPostmaster | null {
  const lines = readLines(dataDir);
  if (!lines) return null;
  const owner = identify(Number(lines[0]));
  if (!owner || !servesFolder(owner, dataDir)) return null;
  return { process: owner, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Postgres itself only checks whether some process has the recorded pid. After a crash that may be a zombie or an
 * unrelated process, and Postgres would refuse to start: in these cases the file is removed.
 */
export function discardStalePostmaster(dataDir: string): void {
  if (readLines(dataDir) && !readPostmaster(dataDir))
    rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

function readLines(dataDir: string): string[] | null {
  try {
    const text = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8');
    // Two servers starting at once: the file exists a moment before its first line does.
    return text === '' ? null : text.split('\n');
  } catch {
    return null;
  }
}

function servesFolder({ pid, command }: ProcessIdentity, dataDir: string): boolean {
  if (!/(^|[\\/"])postgres(\.exe)?("|\s|:|$)/.test(command)) return false;
  if (command.includes(dataDir)) return true;
  try {
    // A server works in its data folder, however that folder was spelled when it was started.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
  } catch {
    return false;
  }
}
