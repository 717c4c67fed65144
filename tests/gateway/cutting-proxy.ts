import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '@millrace/devstack';

/** Forwards connections to a port, and cuts them on request. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** The number of open client connections. */
  readonly open: number;
  /** Cuts every open connection. */
  cut(): void;
  /** New connections go to this port. */
  leadTo(port: number): void;
}

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let port = target;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  };
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port });
    for (const socket of [client, upstream]) keep(socket);
    clients.add(client);
    client.pipe(upstream).pipe(client);
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => client.destroy());
  });
  const own = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(own, '127.0.0.1', resolve);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${own}`,
    get open() {
      return clients.size;
    },
    cut,
    leadTo(other) {
      port = other;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
