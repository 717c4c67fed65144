import { createServer } from 'node:net';

// Below 32768: from there on Linux picks the local ports of outgoing connections, so a port that was free a moment ago
// may be taken by one.
const lowest = 10_000;
const count = 22_000;
// Both are coprime to the count, so every port is tried before any is tried again.
const fromProcessToProcess = 13_597;
const fromTurnToTurn = 6_151;
let turns = 0;

/** A TCP port on 127.0.0.1 that nobody listens on; never the same one twice in one process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = portOfTurn(process.pid, turns++);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port found from ${lowest} to ${lowest + count - 1}`);
}

/**
 * Processes started one after another begin hundreds of turns apart. A random port would now and then be one that
 * another process has also drawn and is about to listen on.
 */
export function portOfTurn(pid: number, turn: number): number {
  return lowest + (((pid * fromProcessToProcess + turn) * fromTurnToTurn) % count);
}

export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return (await whyNotFree(port, host)) === null;
}

/** Null if the port can be listened on, else the system's error code, such as EADDRINUSE or EACCES. Port 0 is any. */
export function whyNotFree(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve(code));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(null)));
  });
}
