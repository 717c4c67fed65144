import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { identify } from '../process/identity.ts';

/** Who listens on a TCP port, as `node (pid 4711)`; null where that cannot be told. */
export function portOwner(port: number): string | null {
  const pid = process.platform === 'linux' ? ownerByProc(port) : ownerByTool(port);
  const command = pid === null ? undefined : identify(pid)?.command;
  if (!command) return null;
  const shown = command.length > 80 ? `${command.slice(0, 80)}…` : command;
  return `${shown} (pid ${pid})`;
}

function ownerByProc(port: number): number | null {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(`/proc/net/${table}`, port)));
  if (sockets.size === 0) return null;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        if (sockets.has(readlinkSync(`/proc/${pid}/fd/${descriptor}`))) return Number(pid);
      }
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return null;
}

/** Lines are `sl local_address rem_address st … inode`, addresses as HEX:PORT; state 0A is listening. */
function listeningSockets(table: string, port: number): string[] {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return [];
  }
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) && fields[3] === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
}

function ownerByTool(port: number): number | null {
  if (!Bun.which('lsof')) return null;
  const { stdout } = Bun.spawnSync(['lsof', '-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']);
  const pid = Number.parseInt(stdout.toString(), 10);
  return Number.isNaN(pid) ? null : pid;
}
