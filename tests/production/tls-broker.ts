import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { startBroker } from '@millrace/broker';
import { freePort } from '@millrace/devstack';
import { temporaryFolder } from '../temporary-folder.ts';
import type { Certificate } from './certificates.ts';

/** The broker listens there and advertises the proxy, which has the same port on the first loopback address. */
const BEHIND = '127.0.0.2';

export interface TlsBroker extends AsyncDisposable {
  /** Of the proxy. */
  readonly brokers: string[];
}

/**
 * The embedded broker, which has no TLS, behind a small proxy that does.
 *
 * @param clientCa it accepts only clients with a certificate signed by one of these
 */
export async function startTlsBroker(certificate: Certificate, clientCa?: string): Promise<TlsBroker> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const broker = startBroker({
    dataDir: folder.path,
    host: BEHIND,
    port,
    advertisedHost: '127.0.0.1',
  });
  const sockets = new Set<TLSSocket>();
  const [cert, key, ca] = await Promise.all([
    readFile(certificate.cert),
    readFile(certificate.key),
    clientCa === undefined ? undefined : readFile(clientCa),
  ]);
  const wanted = ca && { ca, requestCert: true, rejectUnauthorized: true };
  const proxy = createServer({ cert, key, ...wanted }, (client) => {
    const upstream = connect({ host: BEHIND, port, noDelay: true });
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    for (const [one, another] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => another.destroy());
      one.on('close', () => another.destroy());
    }
    client.pipe(upstream).pipe(client);
  });
  proxy.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  return {
    brokers: [`127.0.0.1:${port}`],
    async [Symbol.asyncDispose]() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await broker.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
