import { Disconnect } from './disconnect.ts';
import { readInt64 } from './writer.ts';

const STRING_BYTES_MAX = 32_767;

/**
 * Reads the primitive types of the Kafka protocol, checking each read against the frame's end.
 *
 * `flexible` chooses the compact forms (unsigned varint length + 1, tagged fields) that some versions of a
 * message use, so that a decoder is written once for both forms.
 *
 * 64-bit integers become numbers: offsets and times stay below 2^53; larger values lose low bits.
 */
export class Reader {
  readonly #buffer: Buffer;
  #position = 0;
  flexible = false;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get remaining(): number {
    return this.#buffer.length - this.#position;
  }

  #take(bytes: number): number {
    const start = this.#position;
    if (bytes < 0 || start + bytes > this.#buffer.length) {
      throw new Disconnect(`wanted ${bytes} bytes at ${start}, the frame has ${this.#buffer.length}`);
    }
    this.#position = start + bytes;
    return start;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  int64(): number {
    return readInt64(this.#buffer, this.#take(8));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#buffer[this.#take(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Disconnect('a varint of more than five bytes');
  }

  /** Length of a string, bytes or array; -1 for null. */
  #length(legacy: () => number): number {
    const length = this.flexible ? this.unsignedVarint() - 1 : legacy();
    if (length < -1 || length > this.remaining) throw new Disconnect(`impossible length ${length}`);
    return length;
  }

  nullableString(): string | null {
    const length = this.#length(() => this.int16());
    if (length === -1) return null;
    if (length > STRING_BYTES_MAX) throw new Disconnect(`a string of ${length} bytes`);
    const start = this.#take(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  string(): string {
    const value = this.nullableString();
    if (value === null) throw new Disconnect('null where a string is required');
    return value;
  }

  /** A view into the frame: copy it before keeping it. */
  nullableBytes(): Buffer | null {
    const length = this.#length(() => this.int32());
    if (length === -1) return null;
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  /** A copy, safe to keep after the request. */
  bytes(): Buffer {
    const view = this.nullableBytes();
    if (view === null) throw new Disconnect('null where bytes are required');
    return Buffer.from(view);
  }

  nullableArray<T>(element: (reader: Reader) => T): T[] | null {
    const length = this.#length(() => this.int32());
    if (length === -1) return null;
    const values: T[] = [];
    for (let i = 0; i < length; i++) values.push(element(this));
    return values;
  }

  array<T>(element: (reader: Reader) => T): T[] {
    return this.nullableArray(element) ?? [];
  }

  /** Tagged fields at the end of a flexible structure; all are optional, so all are skipped. */
  tags(): void {
    if (!this.flexible) return;
    const count = this.unsignedVarint();
    if (count > this.remaining) throw new Disconnect(`${count} tagged fields`);
    for (let i = 0; i < count; i++) {
      this.unsignedVarint();
      this.#take(this.unsignedVarint());
    }
  }
}
