const STRING_BYTES_MAX = 32_767;
/** A string of this length always fits. */
const CUT_LENGTH = 10_000;

/**
 * Writes the primitive types of the Kafka protocol into one growing buffer. It is reused by `reset`, so a finished
 * response must be sent or copied before that.
 */
export class Writer {
  /** Replaced when it grows: read it anew after each write. */
  buffer: Buffer;
  #length = 0;

  constructor(capacityBytes = 4096) {
    this.buffer = Buffer.allocUnsafeSlow(capacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far: a view, valid until the next write or reset. */
  view(): Buffer {
    return this.buffer.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }

  /** Makes room for `bytes` at the end, to be filled by the caller. Returns where they begin in `buffer`. */
  reserve(bytes: number): number {
    const offset = this.#length;
    const needed = offset + bytes;
    if (needed > this.buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(grown, 0, 0, offset);
      this.buffer = grown;
    }
    this.#length = needed;
    return offset;
  }

  /** Drops everything after `length`. */
  truncate(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  int8(value: number): void {
    const offset = this.reserve(1);
    this.buffer.writeInt8(value, offset);
  }

  int16(value: number): void {
    const offset = this.reserve(2);
    this.buffer.writeInt16BE(value, offset);
  }

  int32(value: number): void {
    const offset = this.reserve(4);
    this.buffer.writeInt32BE(value, offset);
  }

  int32At(offset: number, value: number): void {
    this.buffer.writeInt32BE(value, offset);
  }

  int64(value: number): void {
    const offset = this.reserve(8);
    writeInt64(this.buffer, offset, value);
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  /** Cuts long values: a message that quotes its request, or a name that grew when decoded from invalid UTF-8. */
  nullableString(value: string | null): void {
    const isLong = value !== null && Buffer.byteLength(value) > STRING_BYTES_MAX;
    const text = isLong ? value.slice(0, CUT_LENGTH) : value;
    const bytes = text === null ? -1 : Buffer.byteLength(text);
    this.int16(bytes);
    if (text === null) return;
    const offset = this.reserve(bytes);
    this.buffer.write(text, offset, bytes, 'utf8');
  }

  string(value: string): void {
    this.nullableString(value);
  }

  bytes(value: Uint8Array): void {
    this.int32(value.length);
    const offset = this.reserve(value.length);
    this.buffer.set(value, offset);
  }

  arrayLength(length: number): void {
    this.int32(length);
  }

  array<T>(values: readonly T[], element: (value: T) => void): void {
    this.arrayLength(values.length);
    for (const value of values) element(value);
  }
}

export function writeInt64(buffer: Buffer, offset: number, value: number): void {
  // `| 0`: a value rounded up to 2^63 must not throw.
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000) | 0, offset);
  buffer.writeUInt32BE(value >>> 0, offset + 4);
}

export function readInt64(buffer: Buffer, offset: number): number {
  return buffer.readInt32BE(offset) * 0x1_0000_0000 + buffer.readUInt32BE(offset + 4);
}
