import { createServer } from 'node:net';

// Below 32768, where Linux takes the local ports of outgoing connections: above it, a port that was free a
// moment ago may be the near end of somebody's connection.
const lowest = 10_000;
const count = 22_000;
// Neither has a divisor in common with the count: each port has its turn before any has another.
const fromProcessToProcess = 13_597;
const fromTurnToTurn = 6_151;
let turns = 0;

/** A TCP port on 127.0.0.1 that nobody listens on; never the same one twice from one process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = portOfTurn(process.pid, turns++);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port found from ${lowest} to ${lowest + count - 1}`);
}

/**
 * Processes that were started one after the other begin hundreds of turns apart. Drawn by chance, a port would now and then be one that
 * another process has drawn, and is about to listen on.
 */
export function portOfTurn(pid: number, turn: number): number {
  return lowest + (((pid * fromProcessToProcess + turn) * fromTurnToTurn) % count);
}

export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return (await whyNotFree(port, host)) === null;
}

/** The system's code, such as EADDRINUSE or EACCES, where one cannot listen there; null where one can. Port 0 is any. */
export function whyNotFree(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve(code));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(null)));
  });
}
