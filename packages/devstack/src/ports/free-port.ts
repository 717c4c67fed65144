import { createServer } from 'node:net';

// Below 32768, where Linux takes the local ports of outgoing connections: above it, a port that was free a
// moment ago may be the near end of somebody's connection.
const lowest = 10_000;
const highest = 32_000;
const handedOut = new Set<number>();

/** A TCP port on 127.0.0.1 that nobody listens on; never the same one twice from one process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (handedOut.has(port)) continue;
    if (await isPortFree(port)) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`no free port found between ${lowest} and ${highest}`);
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
