import { expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';
import { produceAndConsume, usageOf } from './load.ts';

const BYTES = 100 * 1024 * 1024;
/** About twice what it needs; a broker that kept the records in memory would exceed it. */
const RSS_GROWTH_MB_MAX = 60;

const broker = shared(startEmbeddedBroker);

// `bun bench/broker-memory.ts` does the same with 1 GB.
test.skipIf(process.platform !== 'linux')(
  "producing and reading 100 MB leaves the broker's memory small",
  async () => {
    const before = usageOf(broker.pid);
    await produceAndConsume(broker.brokers, 'load', BYTES);
    expect(usageOf(broker.pid).rssPeakMb - before.rssMb).toBeLessThan(RSS_GROWTH_MB_MAX);
  },
  120_000,
);

test.skipIf(process.platform !== 'linux')(
  '60 concurrent requests of 8 MB that are never finished leave it small, too',
  async () => {
    const before = usageOf(broker.pid);
    const request = Buffer.alloc(8 * 1024 * 1024, 1);
    request.writeInt32BE(request.length);
    const port = Number(broker.brokers[0]!.split(':')[1]);
    const sockets = Array.from({ length: 60 }, () => connect(port, '127.0.0.1'));
    for (const socket of sockets) socket.write(request);
    const isTaken = (socket: Socket) => socket.writableLength === 0;
    await eventually(
      'the first of them are there but for their last bytes',
      () => sockets.filter(isTaken).length >= 3,
    );
    expect(usageOf(broker.pid).rssPeakMb - before.rssPeakMb).toBeLessThan(RSS_GROWTH_MB_MAX);
    for (const socket of sockets) socket.destroy();
  },
  60_000,
);
