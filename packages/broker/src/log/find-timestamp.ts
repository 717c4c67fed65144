import { readSync } from 'node:fs';
import { BATCH_HEADER_BYTES, type BatchHeader } from './record-batch.ts';

export type FoundOffset = { offset: number; timestamp: number };

/**
 * The first record of a batch at `timestamp` or later, except deleted ones (before `startOffset`). The records of a
 * compressed batch are opaque to the broker: it returns the first one, which may be a little early, never late.
 *
 * A record: length varint | attributes int8 | timestamp_delta varint | offset_delta varint | …
 */
export function findOffsetInBatch(
  fd: number,
  batch: BatchHeader,
  position: number,
  timestamp: number,
  startOffset: number,
): FoundOffset | undefined {
  const { baseOffset, baseTimestamp } = batch;
  if (batch.compressed) return { offset: Math.max(baseOffset, startOffset), timestamp: baseTimestamp };
  const body = Buffer.allocUnsafe(batch.sizeBytes - BATCH_HEADER_BYTES);
  readSync(fd, body, 0, body.length, position + BATCH_HEADER_BYTES);
  let at = 0;
  for (let record = 0; record < batch.recordCount && at < body.length; record++) {
    const length = signedVarint(body, at);
    const timestampDelta = signedVarint(body, length.end + 1);
    const offset = baseOffset + signedVarint(body, timestampDelta.end).value;
    const recordTimestamp = baseTimestamp + timestampDelta.value;
    if (recordTimestamp >= timestamp && offset >= startOffset) return { offset, timestamp: recordTimestamp };
    if (length.value <= 0) break;
    at = length.end + length.value;
  }
  return undefined;
}

/** A zigzag varint of up to 64 bits; reading past the end yields zero bits. */
function signedVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let raw = 0;
  let end = start;
  for (let factor = 1; end < bytes.length; factor *= 128) {
    const byte = bytes[end++]!;
    raw += (byte & 0x7f) * factor;
    if (byte < 0x80 || end - start >= 10) break;
  }
  return { value: raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2, end };
}
