import { Disconnect } from '../wire/disconnect.ts';

const LENGTH_BYTES = 4;
/** The smallest request header. */
const FRAME_BYTES_MIN = 10;
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a byte stream into frames:  length int32 | request.
 *
 * A chunk is parsed in place; only a remainder is copied, into memory that grows with what arrives (never by
 * what a length field claims) and is freed at once, not at the next garbage collection.
 */
export class FrameBuffer {
  #bytes: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether #bytes is our own memory; otherwise it is the chunk being parsed. */
  #owned = true;

  /** Bytes received and not yet taken. */
  get length(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    if (this.length === 0) {
      this.clear();
      this.#bytes = chunk;
      this.#end = chunk.length;
      this.#owned = false;
      return;
    }
    this.#makeRoom(chunk.length);
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole frame, without its length: a view that is valid until `settle` or the next push. */
  next(): Buffer | undefined {
    const bytes = this.#nextLength();
    if (bytes === undefined) return undefined;
    const from = this.#start + LENGTH_BYTES;
    this.#start = from + bytes;
    return this.#bytes.subarray(from, this.#start);
  }

  /** The api key of the next whole frame, if there is one. */
  peekApiKey(): number | undefined {
    if (this.#nextLength() === undefined) return undefined;
    return this.#bytes.readInt16BE(this.#start + LENGTH_BYTES);
  }

  /** The full size of the incomplete frame; 0 if there is none or while unknown. */
  get unfinishedBytes(): number {
    const bytes = this.length < LENGTH_BYTES ? 0 : this.#bytes.readInt32BE(this.#start) + LENGTH_BYTES;
    return bytes > this.length ? bytes : 0;
  }

  #nextLength(): number | undefined {
    if (this.length < LENGTH_BYTES) return undefined;
    const bytes = this.#bytes.readInt32BE(this.#start);
    if (bytes < FRAME_BYTES_MIN || bytes > FRAME_BYTES_MAX) {
      throw new Disconnect(`a request of ${bytes} bytes; the limit is ${FRAME_BYTES_MAX}`);
    }
    return this.length < LENGTH_BYTES + bytes ? undefined : bytes;
  }

  /** Call before the pushed chunk is freed: keeps what is left of it. */
  settle(): void {
    if (this.length === 0) this.clear();
    else this.#makeRoom(0);
  }

  /** Moves what is left into our own memory, with room for `bytes` more, unless it is there already. */
  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length && this.#owned) return;
    const rest = this.#bytes.subarray(this.#start, this.#end);
    const grown = Buffer.allocUnsafeSlow(this.#capacityFor(rest.length + bytes));
    rest.copy(grown);
    this.#end = rest.length;
    this.#start = 0;
    if (this.#owned) free(this.#bytes);
    this.#bytes = grown;
    this.#owned = true;
  }

  /** Twice `bytes`, but no more than the incomplete frame needs. */
  #capacityFor(bytes: number): number {
    return Math.max(bytes, Math.min(2 * bytes, this.unfinishedBytes), 512);
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#owned) free(this.#bytes);
    this.#bytes = NOTHING;
    this.#owned = true;
  }
}

/** Frees memory now: the buffers of a busy connection would pile up until a garbage collection. */
export function free(buffer: Buffer): void {
  if (
    buffer.buffer instanceof ArrayBuffer &&
    buffer.length === buffer.buffer.byteLength &&
    buffer.length > 0
  ) {
    buffer.buffer.transfer(0);
  }
}
