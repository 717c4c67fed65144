import { describe, expect, test } from 'bun:test';
import { makeBatch } from '../testing/batches.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';
import { crc32c } from './crc32c.ts';
import { decodeProducedBatch, isIntactBatch, stampBatch } from './record-batch.ts';

const LIMIT = 1024 * 1024;

function resealed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch);
  change(copy);
  copy.writeUInt32BE(crc32c(copy, 21), 17);
  return copy;
}

function refusal(records: Buffer, limit = LIMIT): ErrorCode {
  try {
    decodeProducedBatch(records, limit);
    return ErrorCode.NONE;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

describe('produced records', () => {
  const producer = { producerId: 7, producerEpoch: 1, baseSequence: 40 };
  const batch = makeBatch({ values: ['a', 'b', 'c'], baseTimestamp: 1000, ...producer });

  test('the batch header is read', () => {
    expect(decodeProducedBatch(batch, LIMIT)).toMatchObject({
      recordCount: 3,
      maxTimestamp: 1002,
      ...producer,
    });
  });

  test('a changed byte anywhere under the CRC is detected', () => {
    for (let at = 17; at < batch.length; at++) {
      const damaged = Buffer.from(batch);
      damaged[at]! ^= 0x01;
      expect(refusal(damaged)).toBe(ErrorCode.CORRUPT_MESSAGE);
    }
  });

  test('truncation at any byte is detected', () => {
    for (let bytes = 1; bytes < batch.length; bytes++) {
      expect(refusal(batch.subarray(0, bytes))).toBe(ErrorCode.CORRUPT_MESSAGE);
    }
  });

  test('stamping an offset keeps the CRC valid', () => {
    const stamped = Buffer.from(batch);
    stampBatch(stamped, 123_456_789_012);
    expect(isIntactBatch(stamped, 0, stamped.length)).toBe(true);
  });

  test.each([
    ['nothing', Buffer.alloc(0), ErrorCode.INVALID_RECORD],
    ['a second batch', Buffer.concat([batch, batch]), ErrorCode.INVALID_RECORD],
    ['an old format', resealed(batch, (b) => b.writeInt8(1, 16)), ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT],
    ['a transaction', resealed(batch, (b) => b.writeInt16BE(0x10, 21)), ErrorCode.INVALID_RECORD],
    ['a control batch', resealed(batch, (b) => b.writeInt16BE(0x20, 21)), ErrorCode.INVALID_RECORD],
    ['codec 5', resealed(batch, (b) => b.writeInt16BE(5, 21)), ErrorCode.UNSUPPORTED_COMPRESSION_TYPE],
    ['no records', resealed(batch, (b) => b.writeInt32BE(0, 57)), ErrorCode.INVALID_RECORD],
    ['a wrong count', resealed(batch, (b) => b.writeInt32BE(9, 23)), ErrorCode.INVALID_RECORD],
    ['no sequence', resealed(batch, (b) => b.writeInt32BE(-1, 53)), ErrorCode.INVALID_RECORD],
    ['a huge length', resealed(batch, (b) => b.writeInt32BE(0x7fffffff, 8)), ErrorCode.MESSAGE_TOO_LARGE],
    ['a negative length', resealed(batch, (b) => b.writeInt32BE(-5, 8)), ErrorCode.CORRUPT_MESSAGE],
  ])('%s is refused', (_name, records, error) => {
    expect(refusal(records)).toBe(error);
  });

  test('the size limit is inclusive', () => {
    expect(refusal(batch, batch.length)).toBe(ErrorCode.NONE);
    expect(refusal(batch, batch.length - 1)).toBe(ErrorCode.MESSAGE_TOO_LARGE);
  });
});
