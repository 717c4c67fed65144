import { connect, createServer } from 'node:net';
import { freePort } from '@millrace/devstack';

/** Forwards connections to a local port, and counts the bytes that come back. */
export interface CountingProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes, over all connections so far. */
  received(): number;
}

export async function startCountingProxy(target: number): Promise<CountingProxy> {
  let received = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: target });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    upstream.on('data', (bytes) => {
      received += bytes.length;
    });
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port,
    received: () => received,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
