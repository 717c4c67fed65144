import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { crc32c } from '../log/crc32c.ts';
import { replaceFile, writeFully } from './durable-file.ts';

const FRAME_HEADER_BYTES = 8;

/**
 * An append-only file of JSON records, each framed as  length uint32 | crc32c uint32 | payload.
 * Opening it cuts off a torn end; `rewrite` replaces it with a shorter, equivalent file.
 */
export class RecordFile {
  readonly #path: string;
  #fd: number;
  sizeBytes: number;

  constructor(path: string, onRecord: (record: unknown) => void, onCut: (bytes: number) => void) {
    this.#path = path;
    const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    this.sizeBytes = replay(content, onRecord);
    this.#fd = openSync(path, existsSync(path) ? 'r+' : 'w+');
    if (this.sizeBytes === content.length) return;
    ftruncateSync(this.#fd, this.sizeBytes);
    onCut(content.length - this.sizeBytes);
  }

  /** Once it returns, the record survives a kill of the process. */
  append(record: unknown): void {
    const bytes = frame(record);
    try {
      writeFully(this.#fd, bytes, this.sizeBytes);
    } catch (error) {
      ftruncateSync(this.#fd, this.sizeBytes);
      throw error;
    }
    this.sizeBytes += bytes.length;
  }

  rewrite(records: unknown[]): void {
    const content = Buffer.concat(records.map(frame));
    replaceFile(this.#path, content);
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, 'r+');
    this.sizeBytes = content.length;
  }

  close(): void {
    fdatasyncSync(this.#fd);
    closeSync(this.#fd);
  }
}

function frame(record: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(record));
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeUInt32BE(crc32c(payload), 4);
  payload.copy(bytes, FRAME_HEADER_BYTES);
  return bytes;
}

/** Returns where the intact records end. */
function replay(content: Buffer, onRecord: (record: unknown) => void): number {
  let at = 0;
  while (content.length - at >= FRAME_HEADER_BYTES) {
    const start = at + FRAME_HEADER_BYTES;
    const end = start + content.readUInt32BE(at);
    // Zeros, which a power cut may leave at the end, look like an empty record: the CRC of no bytes is 0.
    if (end === start || end > content.length) return at;
    if (crc32c(content, start, end) !== content.readUInt32BE(at + 4)) return at;
    onRecord(JSON.parse(content.toString('utf8', start, end)));
    at = end;
  }
  return at;
}
