import { afterEach, describe, expect, test } from 'bun:test';
import type { Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { RawConnection } from '../wire/raw-connection.ts';
import { apiVersionsRequest, fetchRequest, metadataRequest, rawRequest } from '../wire/raw-request.ts';
import { produceBatch } from '../wire/records.ts';
import { stillServes } from '../wire/still-serves.ts';

const CONNECTIONS = 50;

export function rawConnections(lab: Lab): void {
  describe('connections', () => {
    const connect = connectionsTo(lab);
    const open = () => RawConnection.open(lab.bootstrap);
    const openMany = () => Promise.all(Array.from({ length: CONNECTIONS }, open));
    afterEach(() => stillServes(lab));

    test('pipelined requests are answered in order', async () => {
      const [topic, connection] = [await lab.topic(), await open()];
      const ids = Array.from({ length: 40 }, (_, index) => 1_000 + index);
      const requests = ids.map((id) => (id % 2 ? apiVersionsRequest(id) : metadataRequest(id, topic)));
      connection.send(Buffer.concat(requests));
      const answered: number[] = [];
      for (const _ of ids) {
        answered.push((await connection.frame()).readInt32BE(0));
      }
      expect(answered).toEqual(ids);
      connection.destroy();
    });

    test('requests behind a parked fetch are answered after it; other connections are not held up', async () => {
      const [topic, connection] = [await lab.topic(), await open()];
      connection.send(fetchRequest(1, topic, { offset: 0, maxWaitMs: 5_000 }));
      connection.send(apiVersionsRequest(2));
      await stillServes(lab);
      await produceBatch(await connect(), topic, ['awaited']);
      expect((await connection.frame()).readInt32BE(0)).toBe(1);
      expect((await connection.frame()).readInt32BE(0)).toBe(2);
      connection.destroy();
    });

    test('a request that arrives byte by byte is answered', async () => {
      const connection = await open();
      for (const byte of apiVersionsRequest(9)) {
        connection.send(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await connection.frame()).readInt32BE(0)).toBe(9);
      connection.destroy();
    });

    test('of one and a half requests in one segment, the second is answered once complete', async () => {
      const connection = await open();
      const bytes = Buffer.concat([apiVersionsRequest(1), apiVersionsRequest(2)]);
      const cut = Math.floor(bytes.length * 0.75);
      connection.send(bytes.subarray(0, cut));
      expect((await connection.frame()).readInt32BE(0)).toBe(1);
      connection.send(bytes.subarray(cut));
      expect((await connection.frame()).readInt32BE(0)).toBe(2);
      connection.destroy();
    });

    test('a null client id and a negative correlation id are fine', async () => {
      const connection = await open();
      connection.send(rawRequest({ apiKey: 18, apiVersion: 0, correlationId: -7, clientId: null }));
      expect((await connection.frame()).readInt32BE(0)).toBe(-7);
      connection.destroy();
    });

    test('idle connections do no harm', async () => {
      const idle = await openMany();
      await stillServes(lab);
      for (const connection of idle) {
        connection.destroy();
      }
    });

    test('connections closed within a frame are cleaned up', async () => {
      for (const [index, connection] of (await openMany()).entries()) {
        connection.send(apiVersionsRequest(index).subarray(0, 1 + (index % 12)));
        if (index % 2) {
          connection.reset();
        } else {
          connection.halfClose();
          await connection.closedAfter();
        }
      }
    });

    test('fetches whose client has gone do not disturb the record they waited for', async () => {
      const topic = await lab.topic();
      for (const connection of await openMany()) {
        connection.send(fetchRequest(1, topic, { offset: 0, maxWaitMs: 5_000 }));
        await stillServes(lab, { metadataOnly: true });
        connection.reset();
      }
      expect((await produceBatch(await connect(), topic, ['awaited'])).errors).toEqual([]);
      const [read] = await lab.client('kafkajs').read(topic, 1);
      expect(String(read?.value)).toBe('awaited');
    });
  });
}
