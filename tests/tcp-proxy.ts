import { connect, createServer, type Socket } from 'node:net';

/** Forwards connections to a port of this machine, counts what passes, and loses it without telling either end. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** The same URL, but through the proxy. */
  via(url: string): string;
  /** Connections made so far. */
  readonly accepted: number;
  /** Connections of clients that are open. */
  readonly open: number;
  /** Those of them that are silent, and not given up by the client. */
  readonly silent: number;
  /** Bytes that came back, over all connections so far. */
  readonly received: number;
  /** On currently open connections, requests arrive but no answer comes back. */
  loseAnswers(): void;
  /** Cuts those connections. */
  cutUnanswered(): void;
  /** On currently open connections, nothing passes in either direction: as when a firewall has lost its state. */
  silence(): void;
  /** The connection on which a client next sends this text passes nothing from then on, until the function returned is called. */
  holdAt(text: string): { readonly isHeld: () => boolean; readonly letGo: () => void };
  /** Cuts every connection. */
  cut(): void;
  /** New connections go to this port. */
  leadTo(port: number): void;
}

/**
 * @param target a port, or a URL that names it
 * @param ownPort by default, a free one
 */
export async function startTcpProxy(target: number | string, ownPort = 0): Promise<TcpProxy> {
  const silent = new Set<Socket>();
  const unanswered = new Set<Socket>();
  const open = new Map<Socket, Socket>();
  let targetPort = typeof target === 'number' ? target : Number(new URL(target).port);
  let accepted = 0;
  let received = 0;
  let holding: { readonly text: string; client?: Socket; readonly kept: (() => void)[] } | undefined;
  const server = createServer((client) => {
    accepted++;
    const upstream = connect({ host: '127.0.0.1', port: targetPort });
    open.set(client, upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('error', () => undefined);
      from.on('data', (data) => {
        if (from === upstream) received += data.length;
        const isLost = silent.has(client) || (to === client && unanswered.has(client));
        if (isLost) return;
        if (from === client && holding && !holding.client && data.includes(holding.text))
          holding.client = client;
        if (from === client && holding?.client === client) holding.kept.push(() => to.write(data));
        else to.write(data);
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(ownPort, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  const cut = () => {
    for (const sockets of open) for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    via: (url) => Object.assign(new URL(url), { port }).href,
    get accepted() {
      return accepted;
    },
    get open() {
      return open.size;
    },
    get silent() {
      return silent.size;
    },
    get received() {
      return received;
    },
    loseAnswers() {
      for (const client of open.keys()) unanswered.add(client);
    },
    cutUnanswered() {
      for (const client of unanswered) client.destroy();
    },
    silence() {
      for (const client of open.keys()) silent.add(client);
    },
    holdAt(text) {
      const held: NonNullable<typeof holding> = { text, kept: [] };
      holding = held;
      return {
        isHeld: () => held.client !== undefined,
        letGo() {
          holding = undefined;
          for (const pass of held.kept) pass();
        },
      };
    },
    cut,
    leadTo(other) {
      targetPort = other;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
