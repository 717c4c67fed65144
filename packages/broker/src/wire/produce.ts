import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type ProducePartition = { index: number; records: Buffer | null };
export type ProduceTopic = { name: string; partitions: ProducePartition[] };
export type ProduceRequest = { transactionalId: string | null; acks: number; topics: ProduceTopic[] };

export type ProducedPartition = { index: number; error: number; baseOffset: number; logStartOffset: number };
export type ProducedTopic = { name: string; partitions: ProducedPartition[] };

/**
 * Produce (0) request: transactional_id nullable string (v3+) | acks int16 | timeout_ms int32
 * | topics [name string | partitions [index int32 | records bytes]]
 * `records` are views into the frame.
 */
export function decodeProduceRequest(reader: Reader, version: number): ProduceRequest {
  const transactionalId = version >= 3 ? reader.nullableString() : null;
  const acks = reader.int16();
  reader.int32();
  const topics = reader.array((r) => ({
    name: r.string(),
    partitions: r.array((p) => ({ index: p.int32(), records: p.nullableBytes() })),
  }));
  return { transactionalId, acks, topics };
}

/**
 * Response: topics [name string | partitions [index int32 | error int16 | base_offset int64
 * | log_append_time_ms int64 (v2+, −1: the producer's times are kept) | log_start_offset int64 (v5+)]]
 * | throttle_ms int32 (v1+)
 */
export function encodeProduceResponse(writer: Writer, version: number, topics: ProducedTopic[]): void {
  writer.array(topics, (topic) => {
    writer.string(topic.name);
    writer.array(topic.partitions, (partition) => {
      writer.int32(partition.index);
      writer.int16(partition.error);
      writer.int64(partition.baseOffset);
      if (version >= 2) writer.int64(-1);
      if (version >= 5) writer.int64(partition.logStartOffset);
    });
  });
  if (version >= 1) writer.int32(0);
}
