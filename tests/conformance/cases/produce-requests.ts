import { describe, expect, test } from 'bun:test';
import { type MessageRecord, produceV7 } from '@platformatic/kafka';
import { eventually } from '../../waiting.ts';
import type { Lab } from '../lab.ts';
import { answer, connectionsTo } from '../wire/connections.ts';
import { RawConnection } from '../wire/raw-connection.ts';
import { ApiKey, apiVersionsRequest, rawRequest } from '../wire/raw-request.ts';
import { endOffset } from '../wire/records.ts';

const CORRUPT_MESSAGE = 2;
const INVALID_RECORD = 87;
const NO_PRODUCER = { producerId: -1n, producerEpoch: -1, partitionLeaderEpoch: -1 };

export function produceRequests(lab: Lab): void {
  describe('produce, request by request', () => {
    const connect = connectionsTo(lab);
    const record = (topic: string, partition = 0): MessageRecord => ({
      topic,
      partition,
      value: Buffer.from('value'),
    });

    /** A Produce request as bytes. */
    const produceBytes = (topic: string, acks: number): Buffer =>
      Buffer.from(produceV7.createRequest(acks, 10_000, [record(topic)], NO_PRODUCER).buffer);

    /** Of the only partition: follows correlation id, one topic, its name, one partition, its index. */
    const errorOf = (topic: string, response: Buffer): number =>
      response.readInt16BE(4 + 4 + 2 + Buffer.byteLength(topic) + 4 + 4);

    test('a batch with a wrong checksum is CORRUPT_MESSAGE and not written', async () => {
      const topic = await lab.topic();
      const body = produceBytes(topic, -1);
      // The last byte is the number of headers (none), the one before it part of the value.
      body.writeUInt8(body.readUInt8(body.length - 2) ^ 1, body.length - 2);
      const connection = await RawConnection.open(lab.bootstrap);
      connection.send(rawRequest({ apiKey: ApiKey.Produce, apiVersion: 7, correlationId: 1, body }));
      expect(errorOf(topic, await connection.frame())).toBe(CORRUPT_MESSAGE);
      expect(await endOffset(await connect(), topic)).toBe(0);
      connection.destroy();
    });

    test('a second batch for the same partition is INVALID_RECORD, and neither is written', async () => {
      const topic = await lab.topic();
      const once = produceBytes(topic, -1);
      // Transactional id, acks, timeout, one topic, its name, one partition, its index: then the length of its records.
      const lengthAt = 2 + 2 + 4 + 4 + 2 + Buffer.byteLength(topic) + 4 + 4;
      const body = Buffer.concat([once, once.subarray(lengthAt + 4)]);
      body.writeInt32BE(2 * once.readInt32BE(lengthAt), lengthAt);
      const connection = await RawConnection.open(lab.bootstrap);
      connection.send(rawRequest({ apiKey: ApiKey.Produce, apiVersion: 7, correlationId: 1, body }));
      expect(errorOf(topic, await connection.frame())).toBe(INVALID_RECORD);
      expect(await endOffset(await connect(), topic)).toBe(0);
      connection.destroy();
    });

    test('acks = 0 is written and not answered', async () => {
      const topic = await lab.topic();
      const connection = await RawConnection.open(lab.bootstrap);
      const body = produceBytes(topic, 0);
      connection.send(rawRequest({ apiKey: ApiKey.Produce, apiVersion: 7, correlationId: 1, body }));
      connection.send(apiVersionsRequest(2));
      expect((await connection.frame()).readInt32BE(0)).toBe(2);
      const reader = await connect();
      await eventually('the record is there', async () => (await endOffset(reader, topic)) === 1);
      connection.destroy();
    });

    test('acks = 1 is answered with the offset', async () => {
      const topic = await lab.topic();
      const { response } = await answer(
        produceV7.api.async(await connect(), 1, 10_000, [record(topic)], NO_PRODUCER),
      );
      expect(response).toMatchObject({ responses: [{ partitionResponses: [{ baseOffset: 0n }] }] });
    });

    test('any other acks is INVALID_REQUIRED_ACKS', async () => {
      const topic = await lab.topic();
      const connection = await connect();
      const call = produceV7.api.async(connection, 5, 10_000, [record(topic)], NO_PRODUCER);
      expect((await answer(call)).errors).toEqual(['INVALID_REQUIRED_ACKS']);
      expect(await endOffset(connection, topic)).toBe(0);
    });

    test('an unknown partition does not keep the others from being written', async () => {
      const topic = await lab.topic();
      const connection = await connect();
      const records = [record(topic, 0), record(topic, 7)];
      const { errors } = await answer(produceV7.api.async(connection, -1, 10_000, records, NO_PRODUCER));
      expect(errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
      expect(await endOffset(connection, topic)).toBe(1);
    });
  });
}
