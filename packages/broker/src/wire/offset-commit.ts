import type { MemberRequest } from './heartbeat.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type OffsetCommitPartition = { index: number; offset: number; metadata: string | null };
export type OffsetCommitTopic = { name: string; partitions: OffsetCommitPartition[] };
export type OffsetCommitRequest = MemberRequest & { topics: OffsetCommitTopic[] };

/**
 * OffsetCommit (8) request: group string | generation int32 | member string | instance nullable string (v7)
 * | retention_ms int64 (v2–4, ignored: offsets never expire)
 * | topics [name string | partitions [index int32 | offset int64 | commit_timestamp int64 (v1 only)
 *           | leader_epoch int32 (v6+) | metadata nullable string]]
 */
export function decodeOffsetCommitRequest(reader: Reader, version: number): OffsetCommitRequest {
  const groupId = reader.string();
  const generation = reader.int32();
  const memberId = reader.string();
  const instanceId = version >= 7 ? reader.nullableString() : null;
  if (version >= 2 && version <= 4) reader.int64();
  const topics = reader.array((r) => ({
    name: r.string(),
    partitions: r.array((p) => {
      const index = p.int32();
      const offset = p.int64();
      if (version === 1) p.int64();
      if (version >= 6) p.int32();
      return { index, offset, metadata: p.nullableString() };
    }),
  }));
  return { groupId, generation, memberId, instanceId, topics };
}

export type CommittedTopic = { name: string; partitions: { index: number; error: number }[] };

/** Response: throttle_ms int32 (v3+) | topics [name string | partitions [index int32 | error int16]] */
export function encodeOffsetCommitResponse(writer: Writer, version: number, topics: CommittedTopic[]): void {
  if (version >= 3) writer.int32(0);
  writer.array(topics, (topic) => {
    writer.string(topic.name);
    writer.array(topic.partitions, (partition) => {
      writer.int32(partition.index);
      writer.int16(partition.error);
    });
  });
}
