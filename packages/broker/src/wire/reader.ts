import { Disconnect } from './disconnect.ts';
import { readInt64 } from './writer.ts';

/**
 * Reads the primitive types of the Kafka protocol, checking each read against the frame's end.
 *
 * 64-bit integers become numbers: offsets and times stay below 2^53; larger values lose low bits.
 */
export class Reader {
  readonly #buffer: Buffer;
  #position = 0;

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

  /** Of a string, bytes or array; −1 for null. */
  #checkLength(length: number): number {
    if (length < -1 || length > this.remaining) throw new Disconnect(`impossible length ${length}`);
    return length;
  }

  nullableString(): string | null {
    const length = this.#checkLength(this.int16());
    if (length === -1) return null;
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
    const length = this.#checkLength(this.int32());
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
    const length = this.#checkLength(this.int32());
    if (length === -1) return null;
    const values: T[] = [];
    for (let i = 0; i < length; i++) values.push(element(this));
    return values;
  }

  array<T>(element: (reader: Reader) => T): T[] {
    return this.nullableArray(element) ?? [];
  }
}
