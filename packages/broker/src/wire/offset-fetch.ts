import { type ByTopic, writeByTopic } from './by-topic.ts';
import type { Codec } from './codec.ts';

type OffsetFetchRequest = { groupId: string; topics: ByTopic<number> | null };
type FetchedOffset = { index: number; offset: number; metadata: string | null };

export const offsetFetch: Codec<OffsetFetchRequest, ByTopic<FetchedOffset>> = {
  /**
   * OffsetFetch (9) request: group string
   * | topics nullable [name string | partitions [int32]] (null, v2+: all)
   */
  decode: (reader) => ({
    groupId: reader.string(),
    topics: reader.nullableArray((r) => ({ name: r.string(), partitions: r.array((p) => p.int32()) })),
  }),

  /**
   * Response: throttle_ms int32 (v3+) | topics [name string | partitions [index int32 | offset int64
   * | leader_epoch int32 (v5) | metadata nullable string | error int16]] | error int16 (v2+)
   * Offset −1 means that nothing is committed.
   */
  encode(writer, version, topics) {
    if (version >= 3) writer.int32(0);
    writeByTopic(writer, topics, (partition) => {
      writer.int32(partition.index);
      writer.int64(partition.offset);
      if (version >= 5) writer.int32(-1);
      writer.nullableString(partition.metadata);
      writer.int16(0);
    });
    if (version >= 2) writer.int16(0);
  },
};
