import { expect, test } from 'bun:test';
import { connect, createServer, type Socket } from 'node:net';
import { startBroker } from '@millrace/broker';
import { freePort } from '@millrace/devstack';
import { createTaskConsumer, createTaskProducer } from '@millrace/stream';
import { temporaryFolder } from '../temporary-folder.ts';
import { eventually } from '../waiting.ts';
import { recordingLogger } from './lab.ts';

/** The broker listens there and advertises the proxy, which has the same port on the first loopback address. */
const BEHIND = '127.0.0.2';
const FETCH = 1;
const OFFSET_COMMIT = 8;
const CLUSTER_AUTHORIZATION_FAILED = 31;

/** Forwards connections to a broker. It loses the answers to commits, and once it has lost one, refuses fetches. */
async function startRefusingProxy(port: number) {
  const open = new Set<Socket>();
  let hasLost = false;
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
    onFrames(upstream, (response) => {
      const apiKey = apiKeys.get(response.readInt32BE(4));
      if (apiKey === OFFSET_COMMIT) hasLost = true;
      else {
        if (apiKey === FETCH && hasLost) response.writeInt16BE(CLUSTER_AUTHORIZATION_FAILED, 12);
        client.write(response);
      }
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

test.skipIf(process.platform !== 'linux')(
  'lanes can be paused and resumed while a session ends that still waits for an answer',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const broker = startBroker({ dataDir: folder.path, host: BEHIND, port, advertisedHost: '127.0.0.1' });
    const closeProxy = await startRefusingProxy(port);
    const { logger, lines } = recordingLogger();
    const address = { brokers: [`127.0.0.1:${port}`], clientId: 'ending' };
    const producer = createTaskProducer({ ...address, logger: recordingLogger().logger });
    const consumer = createTaskConsumer({
      ...address,
      logger,
      producer,
      onDoorbells(doorbells) {
        for (const { acknowledge } of doorbells) acknowledge();
      },
    });
    try {
      producer.start();
      producer.announce({ task_id: Bun.randomUUIDv7(), lane: 'high' });
      consumer.start();
      await eventually('the session ends', () =>
        lines.some(({ message }) => message === 'kafkajs Consumer: Stopped'),
      );
      consumer.pause('low');
      consumer.resume('low');
      expect(lines.filter(({ message }) => message.includes('lost its broker'))).toEqual([]);
    } finally {
      closeProxy();
      await consumer.stop();
      await producer.stop();
      await broker.stop();
    }
  },
  30_000,
);
