import { connect, createServer, type Socket } from 'node:net';

/** A broker listens there and advertises the proxy, which has the same port on the first loopback address. */
export const BEHIND = '127.0.0.2';

/**
 * Forwards connections to a broker.
 * @param onAnswer decides what becomes of an answer to a request of this API: it calls `send`, now, later or never
 * @returns closes the proxy and its connections
 */
export async function startAnswerProxy(
  port: number,
  onAnswer: (apiKey: number | undefined, answer: Buffer, send: () => void) => void,
): Promise<() => void> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: BEHIND, port });
    open.add(client);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    const apiKeys = new Map<number, number>();
    onFrames(client, (request) => {
      apiKeys.set(request.readInt32BE(8), request.readInt16BE(4));
      upstream.write(request);
    });
    onFrames(upstream, (answer) => {
      onAnswer(apiKeys.get(answer.readInt32BE(4)), answer, () => void client.write(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return () => {
    server.close();
    for (const client of open) client.destroy();
  };
}

function onFrames(socket: Socket, handle: (frame: Buffer) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      const end = 4 + received.readInt32BE(0);
      handle(Buffer.from(received.subarray(0, end)));
      received = received.subarray(end);
    }
  });
}
