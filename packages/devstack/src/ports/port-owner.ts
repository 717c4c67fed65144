import { identify } from '../process/identity.ts';
import { listeningPids } from './listening.ts';

/** Who listens on a TCP port, as `node (pid 4711)`; null where that cannot be told. */
export function portOwner(port: number): string | null {
  const [pid] = listeningPids(port);
  const command = pid === undefined ? undefined : identify(pid)?.command;
  if (!command) return null;
  const shown = command.length > 80 ? `${command.slice(0, 80)}…` : command;
  return `${shown} (pid ${pid})`;
}
