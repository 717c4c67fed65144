import { type ByTopic, readByTopic, writeByTopic } from './by-topic.ts';
import type { Codec } from './codec.ts';

export type ProducePartition = { index: number; records: Buffer | null };
export type ProduceRequest = {
  transactionalId: string | null;
  acks: number;
  topics: ByTopic<ProducePartition>;
};
export type ProducedPartition = { index: number; error: number; baseOffset: number; logStartOffset: number };

export const produce: Codec<ProduceRequest, ByTopic<ProducedPartition>> = {
  /**
   * Produce (0) request: transactional_id nullable string (v3+) | acks int16 | timeout_ms int32
   * | topics [name string | partitions [index int32 | records bytes]]
   * `records` are views into the frame.
   */
  decode(reader, version) {
    const transactionalId = version >= 3 ? reader.nullableString() : null;
    const acks = reader.int16();
    reader.int32();
    const topics = readByTopic(reader, (p) => ({ index: p.int32(), records: p.nullableBytes() }));
    return { transactionalId, acks, topics };
  },

  /**
   * Response: topics [name string | partitions [index int32 | error int16 | base_offset int64
   * | log_append_time_ms int64 (v2+, −1: the producer's times are kept) | log_start_offset int64 (v5+)]]
   * | throttle_ms int32 (v1+)
   */
  encode(writer, version, topics) {
    writeByTopic(writer, topics, (partition) => {
      writer.int32(partition.index);
      writer.int16(partition.error);
      writer.int64(partition.baseOffset);
      if (version >= 2) writer.int64(-1);
      if (version >= 5) writer.int64(partition.logStartOffset);
    });
    if (version >= 1) writer.int32(0);
  },
};
