import { connect } from 'node:net';
import { StackError } from '../stack-error.ts';
import { whyNotFree } from './free-port.ts';
import { portOwner } from './port-owner.ts';
import { reachable } from './reachable.ts';

/** A port to listen on: what for, and the variable that changes it. */
export type WantedPort = { purpose: string; port: number; variable: string; host?: string };

/** Throws one StackError that names every unavailable port, why, and how to choose another. */
export async function requirePorts(wanted: readonly WantedPort[]): Promise<void> {
  const problems: string[] = [];
  for (const [index, { purpose, port, variable, host = '127.0.0.1' }] of wanted.entries()) {
    const twin = wanted.slice(0, index).find((other) => other.port === port);
    const code = await whyNotFree(port, host);
    if (twin) {
      problems.push(`Port ${port} is set twice: by ${twin.variable} and by ${variable}.`);
    } else if (code === 'EACCES') {
      problems.push(
        `This user may not listen on port ${port} (${purpose}). Choose 1024 or higher: ${variable}`,
      );
    } else if (code !== null || (await somebodyAnswers(port, host))) {
      const owner = portOwner(port);
      problems.push(
        `Port ${port} (${purpose}) is in use${owner ? ` by ${owner}` : ''}. Free it, or choose another: ${variable}=${port + 1 > 65_535 ? port - 1 : port + 1}`,
      );
    }
  }
  if (problems.length > 0) throw new StackError(problems.join('\n'));
}

// On macOS and Windows binding 127.0.0.1 succeeds beside a listener on 0.0.0.0.
function somebodyAnswers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: reachable(host), timeout: 500 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
