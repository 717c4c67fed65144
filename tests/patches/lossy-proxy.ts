import { connect, createServer, type Socket } from 'node:net';

/** Passes connections on to a port, and loses them without telling either end. */
export interface LossyProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that were made so far. */
  readonly accepted: number;
  /** Connections that are silent, and that the client has not given up. */
  readonly silent: number;
  /** Nothing passes any more, in either direction, on connections that are open now: as where a firewall has lost its state. */
  silence(): void;
}

export async function startLossyProxy(target: number, ownPort = 0): Promise<LossyProxy> {
  const silent = new Set<Socket>();
  const open = new Map<Socket, Socket>();
  let accepted = 0;
  const server = createServer((client) => {
    accepted++;
    const upstream = connect({ host: '127.0.0.1', port: target });
    open.set(client, upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => undefined);
      from.on('data', (data) => void (silent.has(client) || to.write(data)));
    }
    client.on('close', () => {
      open.delete(client);
      silent.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => void (silent.has(client) || client.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(ownPort, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get accepted() {
      return accepted;
    },
    get silent() {
      return silent.size;
    },
    silence() {
      for (const client of open.keys()) silent.add(client);
    },
    async [Symbol.asyncDispose]() {
      for (const sockets of open) for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
