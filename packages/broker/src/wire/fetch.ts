import { type ByTopic, readByTopic } from './by-topic.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type FetchPartition = { index: number; offset: number; bytesMax: number };
export type FetchRequest = {
  waitMsMax: number;
  bytesMin: number;
  bytesMax: number;
  /** 0 and −1 in versions without sessions. */
  sessionId: number;
  sessionEpoch: number;
  topics: ByTopic<FetchPartition>;
  /** Partitions to remove from the session. */
  forgotten: ByTopic<number>;
};

/**
 * Fetch (1) request: replica int32 | max_wait_ms int32 | min_bytes int32 | max_bytes int32 | isolation int8
 * | session_id int32, session_epoch int32 (v7+)
 * | topics [name string | partitions [index int32 | leader_epoch int32 (v9+) | offset int64
 *           | log_start_offset int64 (v5+) | max_bytes int32]]
 * | forgotten [name string | partitions [int32]] (v7+) | rack string (v11)
 */
export function decodeFetchRequest(reader: Reader, version: number): FetchRequest {
  reader.int32();
  const waitMsMax = reader.int32();
  const bytesMin = reader.int32();
  const bytesMax = reader.int32();
  reader.int8();
  const sessionId = version >= 7 ? reader.int32() : 0;
  const sessionEpoch = version >= 7 ? reader.int32() : -1;
  const topics = readByTopic(reader, (p) => {
    const index = p.int32();
    if (version >= 9) p.int32();
    const offset = p.int64();
    if (version >= 5) p.int64();
    return { index, offset, bytesMax: p.int32() };
  });
  const forgotten = version >= 7 ? readByTopic(reader, (p) => p.int32()) : [];
  return { waitMsMax, bytesMin, bytesMax, sessionId, sessionEpoch, topics, forgotten };
}

/**
 * Response: throttle_ms int32 | error int16, session_id int32 (v7+)
 * | topics [name string | partitions [index int32 | error int16 | high_watermark int64
 *           | last_stable_offset int64 | log_start_offset int64 (v5+) | aborted nullable array
 *           | preferred_replica int32 (v11) | records bytes]]
 * A session_id of 0 means that no session is kept.
 */
export function encodeFetchHeader(writer: Writer, version: number, error: number, sessionId: number): void {
  writer.int32(0);
  if (version < 7) return;
  writer.int16(error);
  writer.int32(sessionId);
}

/** A session error, without any partitions. */
export function encodeFetchError(writer: Writer, version: number, error: number): void {
  encodeFetchHeader(writer, version, error, 0);
  writer.arrayLength(0);
}

/** What a client is told of a partition besides its records. */
export type PartitionState = { error: number; highWatermark: number; logStartOffset: number };

/** `writeRecords` appends record batches to the writer; their length is filled in afterwards. */
export function encodeFetchedPartition(
  writer: Writer,
  version: number,
  index: number,
  state: PartitionState,
  writeRecords: () => void,
): void {
  writer.int32(index);
  writer.int16(state.error);
  writer.int64(state.highWatermark);
  writer.int64(state.highWatermark);
  if (version >= 5) writer.int64(state.logStartOffset);
  writer.int32(-1);
  if (version >= 11) writer.int32(-1);
  const lengthAt = writer.length;
  writer.int32(0);
  writeRecords();
  writer.int32At(lengthAt, writer.length - lengthAt - 4);
}
