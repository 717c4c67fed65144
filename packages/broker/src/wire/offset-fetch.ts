import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type OffsetFetchTopic = { name: string; partitions: number[] };
export type OffsetFetchRequest = { groupId: string; topics: OffsetFetchTopic[] | null };

/**
 * OffsetFetch (9) request: group string | topics nullable [name string | partitions [int32]] (null, v2+: all)
 */
export function decodeOffsetFetchRequest(reader: Reader): OffsetFetchRequest {
  const groupId = reader.string();
  const topics = reader.nullableArray((r) => ({ name: r.string(), partitions: r.array((p) => p.int32()) }));
  return { groupId, topics };
}

export type FetchedOffset = { index: number; offset: number; metadata: string | null };
export type FetchedOffsetsTopic = { name: string; partitions: FetchedOffset[] };

/**
 * Response: throttle_ms int32 (v3+) | topics [name string | partitions [index int32 | offset int64
 * | leader_epoch int32 (v5) | metadata nullable string | error int16]] | error int16 (v2+)
 * Offset −1 means that nothing is committed.
 */
export function encodeOffsetFetchResponse(
  writer: Writer,
  version: number,
  error: number,
  topics: FetchedOffsetsTopic[],
): void {
  if (version >= 3) writer.int32(0);
  writer.array(topics, (topic) => {
    writer.string(topic.name);
    writer.array(topic.partitions, (partition) => {
      writer.int32(partition.index);
      writer.int64(partition.offset);
      if (version >= 5) writer.int32(-1);
      writer.nullableString(partition.metadata);
      writer.int16(error);
    });
  });
  if (version >= 2) writer.int16(error);
}
