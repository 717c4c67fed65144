import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type DeleteRecordsTopic = { name: string; partitions: { index: number; beforeOffset: number }[] };

/**
 * DeleteRecords (21) request: topics [name string | partitions [index int32 | before_offset int64]]
 * | timeout_ms int32          Offset −1 means the end of the log.
 */
export function decodeDeleteRecordsRequest(reader: Reader): DeleteRecordsTopic[] {
  const topics = reader.array((r) => ({
    name: r.string(),
    partitions: r.array((p) => ({ index: p.int32(), beforeOffset: p.int64() })),
  }));
  reader.int32();
  return topics;
}

export type DeletedRecords = { index: number; lowWatermark: number; error: number };
export type DeletedRecordsTopic = { name: string; partitions: DeletedRecords[] };

/**
 * Response: throttle_ms int32 | topics [name string | partitions [index int32 | low_watermark int64 | error int16]]
 */
export function encodeDeleteRecordsResponse(writer: Writer, topics: DeletedRecordsTopic[]): void {
  writer.int32(0);
  writer.array(topics, (topic) => {
    writer.string(topic.name);
    writer.array(topic.partitions, (partition) => {
      writer.int32(partition.index);
      writer.int64(partition.lowWatermark);
      writer.int16(partition.error);
    });
  });
}
