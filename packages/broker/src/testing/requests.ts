import { ApiKey } from '../server/apis.ts';
import type { Writer } from '../wire/writer.ts';
import type { WireClient } from './wire-client.ts';

export async function createTopic(client: WireClient, name: string, partitions = 1): Promise<void> {
  const reader = await client.call(ApiKey.CreateTopics, 2, (w) => {
    w.arrayLength(1);
    w.string(name);
    w.int32(partitions);
    w.int16(1);
    w.arrayLength(0);
    w.arrayLength(0);
    w.int32(1000);
    w.boolean(false);
  });
  reader.int32();
  const [outcome] = reader.array((r) => ({ name: r.string(), error: r.int16() }));
  if (outcome?.error !== 0) throw new Error(`create topic ${name}: error ${outcome?.error}`);
}

/** Returns the error. */
export async function deleteTopic(client: WireClient, topic: string): Promise<number> {
  const reader = await client.call(ApiKey.DeleteTopics, 1, (w) => {
    w.array([topic], (name) => w.string(name));
    w.int32(1000);
  });
  reader.int32();
  const [error] = reader.array((r) => {
    r.string();
    return r.int16();
  });
  return error!;
}

/** Produces one records field; returns the error and the base offset. */
export async function produce(client: WireClient, topic: string, records: Buffer, partition = 0) {
  client.send(ApiKey.Produce, 7, encodeProduce(topic, records, { partition }));
  return receiveProduce(client);
}

export const encodeProduce =
  (topic: string, records: Buffer, { partition = 0, acks = -1 } = {}) =>
  (w: Writer) => {
    w.nullableString(null);
    w.int16(acks);
    w.int32(1000);
    w.array([topic], (name) => {
      w.string(name);
      w.arrayLength(1);
      w.int32(partition);
      w.bytes(records);
    });
  };

/** Reads the response to Produce for its only partition. */
export async function receiveProduce(client: WireClient) {
  const reader = await client.receive();
  reader.int32();
  const [produced] = reader.array((t) => {
    t.string();
    return t.array((p) => {
      p.int32();
      const outcome = { error: p.int16(), baseOffset: p.int64() };
      p.int64();
      p.int64();
      return outcome;
    })[0]!;
  });
  return produced!;
}

export type FetchOptions = { offset?: number; waitMs?: number; bytesMin?: number; bytesMax?: number };

export function sendFetch(client: WireClient, topic: string, options: FetchOptions = {}): number {
  return client.send(ApiKey.Fetch, 11, encodeFetch(topic, options));
}

export function encodeFetch(topic: string, options: FetchOptions = {}): (w: Writer) => void {
  const { offset = 0, ...limits } = options;
  return encodeSessionFetch(topic, { epoch: -1, offsets: { 0: offset }, ...limits });
}

export type SessionFetch = Omit<FetchOptions, 'offset'> & {
  id?: number;
  epoch: number;
  /** By partition. */
  offsets?: Record<number, number>;
  forgotten?: number[];
};

export function encodeSessionFetch(topic: string, options: SessionFetch): (w: Writer) => void {
  const { id = 0, epoch, offsets = {}, forgotten = [] } = options;
  const { waitMs = 0, bytesMin = 1, bytesMax = 1024 * 1024 } = options;
  const asked = Object.entries(offsets);
  return (w) => {
    w.int32(-1);
    w.int32(waitMs);
    w.int32(bytesMin);
    w.int32(bytesMax);
    w.int8(0);
    w.int32(id);
    w.int32(epoch);
    w.array(asked.length > 0 ? [topic] : [], (name) => {
      w.string(name);
      w.array(asked, ([index, offset]) => {
        w.int32(Number(index));
        w.int32(-1);
        w.int64(offset);
        w.int64(-1);
        w.int32(bytesMax);
      });
    });
    w.array(forgotten.length > 0 ? [topic] : [], (name) => {
      w.string(name);
      w.array(forgotten, (index) => w.int32(index));
    });
    w.string('');
  };
}

export async function receiveSessionFetch(client: WireClient) {
  const reader = await client.receive();
  const correlationId = reader.int32();
  reader.int32();
  const error = reader.int16();
  const sessionId = reader.int32();
  const topics = reader.array((t) => {
    t.string();
    return t.array((p) => {
      const [index, partitionError] = [p.int32(), p.int16()];
      const highWatermark = p.int64();
      p.int64();
      const logStartOffset = p.int64();
      p.nullableArray(() => {});
      p.int32();
      return { index, error: partitionError, highWatermark, logStartOffset, records: p.bytes() };
    });
  });
  return { correlationId, error, sessionId, partitions: topics.flat() };
}

/** Reads the response to sendFetch for its only partition. */
export async function receiveFetch(client: WireClient) {
  const { correlationId, partitions } = await receiveSessionFetch(client);
  return { correlationId, ...partitions[0]! };
}

export async function fetch(client: WireClient, topic: string, options: FetchOptions = {}) {
  sendFetch(client, topic, options);
  return receiveFetch(client);
}
