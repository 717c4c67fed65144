import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The processes that listen on a TCP port, on any address; empty if that cannot be found out. */
export function listeningPids(port: number): number[] {
  if (process.platform === 'linux') {
    const sockets = listeningSockets(port);
    if (sockets.size === 0) return [];
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => holdsOne(pid, sockets));
  }
  if (!Bun.which('lsof')) return [];
  const { stdout } = Bun.spawnSync(['lsof', '-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']);
  return stdout.toString().split('\n').filter(Boolean).map(Number);
}

/** Whether others listen on a TCP port and this process does not; false if that cannot be found out. */
export function isListenedOnByOthers(port: number, pid: number): boolean {
  if (process.platform !== 'linux') {
    const pids = listeningPids(port);
    return pids.length > 0 && !pids.includes(pid);
  }
  const sockets = listeningSockets(port);
  return sockets.size > 0 && !holdsOne(pid, sockets);
}

/** Lines are `sl local_address rem_address st … inode`, addresses as HEX:PORT; state 0A is listening. */
function listeningSockets(port: number): ReadonlySet<string> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['tcp', 'tcp6'].flatMap((table) => readTable(`/proc/net/${table}`).split('\n'));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const found = fields.filter(([, local, , state]) => local?.endsWith(wanted) && state === '0A');
  return new Set(found.map((line) => `socket:[${line[9]}]`));
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function holdsOne(pid: number, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((descriptor) => sockets.has(readlinkSync(`${folder}/${descriptor}`)));
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}
