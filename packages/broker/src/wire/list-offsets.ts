import { type ByTopic, readByTopic, writeByTopic } from './by-topic.ts';
import type { Codec } from './codec.ts';

export type AskedOffset = { index: number; timestamp: number };
export type ListedOffset = { index: number; error: number; timestamp: number; offset: number };

export const listOffsets: Codec<ByTopic<AskedOffset>, ByTopic<ListedOffset>> = {
  /**
   * ListOffsets (2) request: replica int32 | isolation int8 (v2+)
   * | topics [name string | partitions [index int32 | timestamp int64]]
   * Timestamp −1 asks for the end of the log, −2 for its start.
   */
  decode(reader, version) {
    reader.int32();
    if (version >= 2) reader.int8();
    return readByTopic(reader, (p) => ({ index: p.int32(), timestamp: p.int64() }));
  },

  /**
   * Response: throttle_ms int32 (v2+) | topics [name string | partitions [index int32 | error int16
   * | timestamp int64 | offset int64]]
   */
  encode(writer, version, topics) {
    if (version >= 2) writer.int32(0);
    writeByTopic(writer, topics, (partition) => {
      writer.int32(partition.index);
      writer.int16(partition.error);
      writer.int64(partition.timestamp);
      writer.int64(partition.offset);
    });
  },
};
