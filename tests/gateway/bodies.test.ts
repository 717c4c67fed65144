import { expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { usageOf } from '../broker/load.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startGateway } from './gateway-process.ts';

const HEAD = 'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const MEGABYTE = 1_000_000;
const CHUNK_OF_A_BYTE = '1\r\n \r\n';

/** Bodies of one megabyte. */
const UNFINISHED: [string, number, string, string][] = [
  ['300 of them', 300, `Content-Length: ${MEGABYTE + 1}`, ' '.repeat(MEGABYTE)],
  ['one in chunks of a byte', 1, 'Transfer-Encoding: chunked', CHUNK_OF_A_BYTE.repeat(MEGABYTE)],
];

test.each(UNFINISHED)(
  'unfinished bodies, %s, take a bounded part of the memory',
  async (what, count, header, body) => {
    await using database = await createTestDatabase();
    await using gateway = await startGateway({ DATABASE_URL: database.url });
    const { rssMb } = usageOf(gateway.pid);
    let answered = 0;
    const sockets: Socket[] = [];
    for (let i = 0; i < count; i++) {
      const socket = connect(gateway.port, '127.0.0.1').on('error', () => undefined);
      socket.once('data', () => answered++);
      socket.write(`${HEAD}${header}\r\n\r\n${body}`);
      sockets.push(socket);
    }
    // Those that find no room at once, the others when their time is up.
    await eventually('all are refused', () => answered === count, { timeoutMs: 40_000 });
    for (const socket of sockets) socket.destroy();
    const grownMb = usageOf(gateway.pid).rssPeakMb - rssMb;
    console.info(`${what}: ${grownMb.toFixed(0)} MB`);
    expect(grownMb).toBeLessThan(count === 1 ? 80 : 250);
  },
  90_000,
);
