import { expect, test } from 'bun:test';
import { connect, createServer, type Socket } from 'node:net';
import { startBroker } from '@millrace/broker';
import { freePort } from '@millrace/devstack';
import { createTaskProducer } from '@millrace/stream';
import { temporaryFolder } from '../temporary-folder.ts';
import { eventually } from '../waiting.ts';
import { allSent, recordingLogger } from './lab.ts';

/** The broker listens there and advertises the proxy, which has the same port on the first loopback address. */
const BEHIND = '127.0.0.2';
const PRODUCE = 0;
const LOSSES = 3;

/** Forwards connections to a broker, except those with a produce request that a test wants lost. */
async function startLosingProxy(port: number) {
  const open = new Set<Socket>();
  let losing = false;
  const server = createServer((client) => {
    const upstream = connect({ host: BEHIND, port });
    open.add(client);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => {
      open.delete(client);
      upstream.destroy();
    });
    client.on('data', (bytes: Buffer) => {
      if (losing && bytes.readInt16BE(4) === PRODUCE) {
        losing = false;
        client.destroy();
      } else upstream.write(bytes);
    });
    upstream.on('close', () => client.destroy());
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    open,
    loseNext() {
      losing = true;
    },
    get hasLost() {
      return !losing;
    },
    close() {
      server.close();
      for (const client of open) client.destroy();
    },
  };
}

test.skipIf(process.platform !== 'linux')(
  'a connection lost during a send leaves no other one behind',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const broker = startBroker({ dataDir: folder.path, host: BEHIND, port, advertisedHost: '127.0.0.1' });
    const proxy = await startLosingProxy(port);
    const { logger } = recordingLogger();
    const producer = createTaskProducer({ brokers: [`127.0.0.1:${port}`], clientId: 'losing', logger });
    try {
      producer.start();
      await eventually(
        'it has its one connection',
        () => producer.health().connected && proxy.open.size === 1,
      );
      for (let loss = 0; loss < LOSSES; loss++) {
        proxy.loseNext();
        producer.announce({ task_id: Bun.randomUUIDv7(), lane: 'high' });
        await eventually('the connection is lost', () => proxy.hasLost);
        await allSent(producer);
      }
      await eventually('it has one connection again', () => proxy.open.size === 1);
      await producer.stop();
      await eventually('no connection is left', () => proxy.open.size === 0);
      expect(producer.health()).toEqual({ connected: false, buffered: 0, dropped: 0 });
    } finally {
      await producer.stop();
      proxy.close();
      await broker.stop();
    }
  },
  30_000,
);
