import { crc32c } from '../log/crc32c.ts';
import { BATCH_HEADER_BYTES } from '../log/record-batch.ts';
import { writeInt64 } from '../wire/writer.ts';

export type BatchOptions = {
  /** One uncompressed record for each value, a millisecond apart. */
  values: (string | Buffer)[];
  baseTimestamp?: number;
  producerId?: number;
  producerEpoch?: number;
  baseSequence?: number;
  attributes?: number;
};

/** A record batch as a producer would send it. */
export function makeBatch(options: BatchOptions): Buffer {
  const { values, baseTimestamp = Date.now() } = options;
  const records = values.map((value, i) => makeRecord(Buffer.from(value), i));
  const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), ...records]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(options.attributes ?? 0, 21);
  batch.writeInt32BE(values.length - 1, 23);
  writeInt64(batch, 27, baseTimestamp);
  writeInt64(batch, 35, baseTimestamp + values.length - 1);
  writeInt64(batch, 43, options.producerId ?? -1);
  batch.writeInt16BE(options.producerEpoch ?? -1, 51);
  batch.writeInt32BE(options.baseSequence ?? -1, 53);
  batch.writeInt32BE(values.length, 57);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}

/** length | attributes | timestamp_delta | offset_delta | key (null) | value | headers (none) */
function makeRecord(value: Buffer, index: number): Buffer {
  const body = Buffer.concat([
    Buffer.of(0),
    signedVarint(index),
    signedVarint(index),
    signedVarint(-1),
    signedVarint(value.length),
    value,
    Buffer.of(0),
  ]);
  return Buffer.concat([signedVarint(body.length), body]);
}

function signedVarint(value: number): Buffer {
  let raw = value < 0 ? -value * 2 - 1 : value * 2;
  const bytes: number[] = [];
  while (raw > 0x7f) {
    bytes.push((raw % 128) | 0x80);
    raw = Math.floor(raw / 128);
  }
  return Buffer.from([...bytes, raw]);
}
