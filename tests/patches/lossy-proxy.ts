import { connect, createServer, type Socket } from 'node:net';

/** Forwards connections to a port, and loses them without telling either end. */
export interface LossyProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections made so far. */
  readonly accepted: number;
  /** Connections that are silent and not yet given up by the client. */
  readonly silent: number;
  /** On currently open connections, statements arrive but no answer comes back. */
  loseAnswers(): void;
  /** Cuts those connections. */
  cutUnanswered(): void;
  /** Cuts every connection. */
  cut(): void;
  /** On currently open connections, nothing passes in either direction: as when a firewall has lost its state. */
  silence(): void;
}

export async function startLossyProxy(target: number, ownPort = 0): Promise<LossyProxy> {
  const silent = new Set<Socket>();
  const unanswered = new Set<Socket>();
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
      from.on('data', (data) => {
        const isLost = silent.has(client) || (to === client && unanswered.has(client));
        if (!isLost) to.write(data);
      });
    }
    client.on('close', () => {
      open.delete(client);
      silent.delete(client);
      unanswered.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => void (silent.has(client) || client.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(ownPort, '127.0.0.1', resolve));
  const cut = () => {
    for (const sockets of open) for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    get accepted() {
      return accepted;
    },
    get silent() {
      return silent.size;
    },
    cut,
    cutUnanswered() {
      for (const client of unanswered) client.destroy();
    },
    loseAnswers() {
      for (const client of open.keys()) unanswered.add(client);
    },
    silence() {
      for (const client of open.keys()) silent.add(client);
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
