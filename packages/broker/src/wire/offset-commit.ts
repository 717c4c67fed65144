import { type ByTopic, readByTopic, writeByTopic } from './by-topic.ts';
import type { Codec } from './codec.ts';
import { decodeMember, type MemberRequest } from './member.ts';

export type OffsetToCommit = { index: number; offset: number; metadata: string | null };
type OffsetCommitRequest = MemberRequest & { topics: ByTopic<OffsetToCommit> };

export const offsetCommit: Codec<OffsetCommitRequest, ByTopic<{ index: number; error: number }>> = {
  /**
   * OffsetCommit (8) request: group string | generation int32 | member string
   * | retention_ms int64 (v2–4, ignored: offsets never expire)
   * | topics [name string | partitions [index int32 | offset int64 | leader_epoch int32 (v6)
   *           | metadata nullable string]]
   */
  decode(reader, version) {
    const member = decodeMember(reader);
    if (version <= 4) reader.int64();
    const topics = readByTopic(reader, (p) => {
      const index = p.int32();
      const offset = p.int64();
      if (version >= 6) p.int32();
      return { index, offset, metadata: p.nullableString() };
    });
    return { ...member, topics };
  },

  /** Response: throttle_ms int32 (v3+) | topics [name string | partitions [index int32 | error int16]] */
  encode(writer, version, topics) {
    if (version >= 3) writer.int32(0);
    writeByTopic(writer, topics, (partition) => {
      writer.int32(partition.index);
      writer.int16(partition.error);
    });
  },
};
