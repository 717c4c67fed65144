import { connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy to Postgres that can lose traffic. */
export interface PostgresProxy extends AsyncDisposable {
  readonly url: string;
  /** From now on statements arrive but answers do not, on all open connections. */
  holdAnswers(): void;
  /** From now on nothing passes in either direction, on all open connections. */
  silence(): void;
  /** Closes those connections; new ones work. */
  cut(): void;
}

export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  const target = new URL(url);
  const pairs = new Set<[client: Socket, upstream: Socket]>();
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [pair, [upstream, client] as const]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const own = new URL(url);
  own.host = `127.0.0.1:${address.port}`;
  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };
  const hold = (from: Socket, to: Socket) => {
    from.unpipe(to);
    from.pause();
  };
  return {
    url: own.href,
    holdAnswers() {
      for (const [client, upstream] of pairs) hold(upstream, client);
    },
    silence() {
      for (const [client, upstream] of pairs) {
        hold(client, upstream);
        hold(upstream, client);
      }
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
