import { readSync } from 'node:fs';
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  batchSize,
  decodeBatchHeader,
  isIntactBatch,
} from './record-batch.ts';

const CHUNK_BYTES = 64 * 1024;
const VERIFY_CHUNK_BYTES = 1024 * 1024;

// Shared: every walk is synchronous and finishes before another begins.
const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);

/**
 * Walks the headers of the batches in [position, end) of a file until `visit` returns false.
 * Bodies beyond the chunk are skipped, not read.
 */
export function walkBatches(
  fd: number,
  position: number,
  end: number,
  visit: (batch: BatchHeader, position: number) => boolean,
): void {
  let chunkStart = position;
  let chunkEnd = position;
  for (let at = position; at + BATCH_HEADER_BYTES <= end; ) {
    if (at + BATCH_HEADER_BYTES > chunkEnd) {
      const bytes = readSync(fd, chunk, 0, Math.min(CHUNK_BYTES, end - at), at);
      if (bytes < BATCH_HEADER_BYTES) return;
      chunkStart = at;
      chunkEnd = at + bytes;
    }
    const batch = decodeBatchHeader(chunk, at - chunkStart);
    if (batch.sizeBytes === 0 || !visit(batch, at)) return;
    at += batch.sizeBytes;
  }
}

/**
 * Walks the batches from `position`, checking the CRC of each, and returns where the good ones end: before a
 * torn or damaged batch, before one that `accept` refuses, or at `end`.
 */
export function verifyBatches(
  fd: number,
  position: number,
  end: number,
  accept: (batch: BatchHeader, position: number) => boolean,
): number {
  let buffer = Buffer.allocUnsafeSlow(Math.min(VERIFY_CHUNK_BYTES, Math.max(end - position, 1)));
  let at = position;
  while (at < end) {
    const bytes = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
    let used = 0;
    while (isIntactBatch(buffer, used, bytes)) {
      const batch = decodeBatchHeader(buffer, used);
      if (!accept(batch, at + used)) return at + used;
      used += batch.sizeBytes;
    }
    at += used;
    if (used > 0) continue;
    // No intact batch at the front: it is damaged, or larger than the buffer.
    if (bytes < BATCH_HEADER_BYTES) return at;
    const size = batchSize(buffer, 0);
    if (size <= buffer.length || size > end - at) return at;
    buffer = Buffer.allocUnsafeSlow(size);
  }
  return at;
}
