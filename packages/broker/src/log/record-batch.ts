import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';
import { readInt64, writeInt64 } from '../wire/writer.ts';
import { crc32c } from './crc32c.ts';

/**
 * Record batch, format v2:
 *
 *    0 base_offset int64          21 attributes int16        43 producer_id int64
 *    8 batch_length int32         23 last_offset_delta int32 51 producer_epoch int16
 *   12 leader_epoch int32         27 base_timestamp int64    53 base_sequence int32
 *   16 magic int8 (2)             35 max_timestamp int64     57 record_count int32
 *   17 crc uint32                                            61 records
 *
 * batch_length counts from byte 12. The CRC covers byte 21 to the end, so the broker may set base_offset and
 * leader_epoch without touching it. Records may be compressed: nothing here looks inside them.
 */
export const BATCH_HEADER_BYTES = 61;
const LENGTH_COUNTS_FROM = 12;
const MAGIC_AT = 16;
const CRC_COVERS_FROM = 21;
const COMPRESSION_MASK = 0x07;
const COMPRESSION_MAX = 4;
const TRANSACTIONAL_OR_CONTROL = 0x30;

export type BatchHeader = {
  baseOffset: number;
  /** The whole batch, header included. */
  sizeBytes: number;
  lastOffsetDelta: number;
  compressed: boolean;
  baseTimestamp: number;
  maxTimestamp: number;
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  recordCount: number;
};

/** The size that the batch at `at` claims, or 0 if no batch can be that small. */
export function batchSize(buffer: Buffer, at: number): number {
  const length = buffer.readInt32BE(at + 8);
  return length < BATCH_HEADER_BYTES - LENGTH_COUNTS_FROM ? 0 : length + LENGTH_COUNTS_FROM;
}

/** The offset that follows the last one of the batch at `at`. */
export function offsetAfterBatch(buffer: Buffer, at: number): number {
  return readInt64(buffer, at) + buffer.readInt32BE(at + 23) + 1;
}

export function decodeBatchHeader(buffer: Buffer, at: number): BatchHeader {
  return {
    baseOffset: readInt64(buffer, at),
    sizeBytes: batchSize(buffer, at),
    lastOffsetDelta: buffer.readInt32BE(at + 23),
    compressed: (buffer.readInt16BE(at + 21) & COMPRESSION_MASK) !== 0,
    baseTimestamp: readInt64(buffer, at + 27),
    maxTimestamp: readInt64(buffer, at + 35),
    producerId: readInt64(buffer, at + 43),
    producerEpoch: buffer.readInt16BE(at + 51),
    baseSequence: buffer.readInt32BE(at + 53),
    recordCount: buffer.readInt32BE(at + 57),
  };
}

/** Whether a whole batch of format v2 with a valid CRC begins at `at`. */
export function isIntactBatch(buffer: Buffer, at: number, end: number): boolean {
  if (end - at < BATCH_HEADER_BYTES) return false;
  const size = batchSize(buffer, at);
  if (size === 0 || size > end - at || buffer[at + MAGIC_AT] !== 2) return false;
  return buffer.readUInt32BE(at + 17) === crc32c(buffer, at + CRC_COVERS_FROM, at + size);
}

/** Sets what the broker assigns: the offset, and leader epoch 0. */
export function stampBatch(batch: Buffer, baseOffset: number): void {
  writeInt64(batch, 0, baseOffset);
  batch.writeInt32BE(0, 12);
}

/** Reads a produced `records` field, which must hold one batch. Throws a Refusal. */
export function decodeProducedBatch(records: Buffer, batchBytesMax: number): BatchHeader {
  if (records.length === 0) throw new Refusal(ErrorCode.INVALID_RECORD);
  // Message formats v0 and v1 have their magic byte in the same place.
  if (records.length > MAGIC_AT && records[MAGIC_AT]! < 2) {
    throw new Refusal(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT);
  }
  if (records.length < BATCH_HEADER_BYTES) throw new Refusal(ErrorCode.CORRUPT_MESSAGE);
  const batch = decodeBatchHeader(records, 0);
  if (batch.sizeBytes > batchBytesMax) throw new Refusal(ErrorCode.MESSAGE_TOO_LARGE);
  if (!isIntactBatch(records, 0, records.length)) throw new Refusal(ErrorCode.CORRUPT_MESSAGE);
  const attributes = records.readInt16BE(21);
  if (
    batch.sizeBytes < records.length ||
    attributes & TRANSACTIONAL_OR_CONTROL ||
    batch.recordCount < 1 ||
    batch.recordCount !== batch.lastOffsetDelta + 1 ||
    (batch.producerId >= 0 && batch.baseSequence < 0)
  ) {
    throw new Refusal(ErrorCode.INVALID_RECORD);
  }
  if ((attributes & COMPRESSION_MASK) > COMPRESSION_MAX) {
    throw new Refusal(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
  }
  return batch;
}
