import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identify } from '../process/identity.ts';
import { listeningPids } from './listening.ts';

const SHOWN_MAX = 80;

/** Who listens on a TCP port, as `node server.js (pid 4711)` or `another Millrace in .millrace (pid 4711)`; null if unknown. */
export function portOwner(port: number): string | null {
  const [pid] = listeningPids(port);
  const command = pid === undefined ? undefined : identify(pid)?.command;
  if (pid === undefined || !command) return null;
  return `${ofMillrace(pid, command) ?? briefly(command)} (pid ${pid})`;
}

function ofMillrace(pid: number, command: string): string | null {
  const cluster = / -D (.+)[/\\]postgres(?: |$)/.exec(command)?.[1];
  if (cluster && existsSync(join(cluster, 'stack.json'))) return `another Millrace in ${cluster}`;
  if (!command.includes('parent-watch.ts')) return null;
  const folder = / --data-dir (.+)[/\\]broker(?: |$)/.exec(command)?.[1] ?? folderOfService(pid);
  return folder ? `another Millrace in ${folder}` : 'another Millrace';
}

/** From the environment that the stack gave it, which only Linux lets us read. */
function folderOfService(pid: number): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const workspaces = variables.find((each) => each.startsWith('WORKSPACE_DIR='));
    return workspaces && dirname(workspaces.slice('WORKSPACE_DIR='.length));
  } catch {
    return undefined;
  }
}

/** The program without its folder, and its arguments. */
function briefly(command: string): string {
  const [program = '', ...args] = command.split(' ');
  const shown = [program.replace(/^.*[/\\](?=.)/, ''), ...args].join(' ');
  return shown.length > SHOWN_MAX ? `${shown.slice(0, SHOWN_MAX)}…` : shown;
}
