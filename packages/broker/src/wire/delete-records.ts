import { type ByTopic, readByTopic, writeByTopic } from './by-topic.ts';
import type { Codec } from './codec.ts';

export type RecordsToDelete = { index: number; beforeOffset: number };
export type DeletedRecords = { index: number; lowWatermark: number; error: number };

export const deleteRecords: Codec<ByTopic<RecordsToDelete>, ByTopic<DeletedRecords>> = {
  /**
   * DeleteRecords (21) request: topics [name string | partitions [index int32 | before_offset int64]]
   * | timeout_ms int32          Offset −1 means the end of the log.
   */
  decode(reader) {
    const topics = readByTopic(reader, (p) => ({ index: p.int32(), beforeOffset: p.int64() }));
    reader.int32();
    return topics;
  },

  /**
   * Response: throttle_ms int32
   * | topics [name string | partitions [index int32 | low_watermark int64 | error int16]]
   */
  encode(writer, _version, topics) {
    writer.int32(0);
    writeByTopic(writer, topics, (partition) => {
      writer.int32(partition.index);
      writer.int64(partition.lowWatermark);
      writer.int16(partition.error);
    });
  },
};
