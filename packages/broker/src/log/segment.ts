import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProducerTable } from '../producers/producer-table.ts';
import type { BackgroundWork } from '../storage/background-work.ts';
import { writeFully } from '../storage/durable-file.ts';
import type { LruCache } from '../storage/lru-cache.ts';
import type { Writer } from '../wire/writer.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type FoundOffset, findOffsetInBatch } from './find-timestamp.ts';
import { BATCH_HEADER_BYTES, type BatchHeader, batchSize, offsetAfterBatch } from './record-batch.ts';
import { SegmentIndex } from './segment-index.ts';
import { verifyBatches, walkBatches } from './walk-batches.ts';

/** What the segments of all partitions share. */
export type SegmentFiles = {
  /** Descriptors by path: any number of segments costs a bounded number of them. */
  descriptors: LruCache<string, number>;
  /** Of closed segments that were read from within: a long log's would cost memory. */
  indexes: LruCache<Segment, SegmentIndex>;
  background: BackgroundWork;
};

const READ_ENDS_MAX = 8;

/** One file of a partition's log: consecutive record batches, named after the first offset. */
export class Segment {
  readonly baseOffset: number;
  readonly path: string;
  sizeBytes = 0;
  nextOffset: number;
  /** Newest record time in ms; −1 when there is none. */
  maxTimestamp = -1;
  readonly #shared: SegmentFiles;
  /** The active segment's; if a checkpoint was loaded, it is made once it is needed. */
  #index: SegmentIndex | undefined = new SegmentIndex();
  #isClosed = false;
  /** Positions by offset: where recent reads ended, so that sequential reads need no walk. */
  readonly #readEnds = new Map<number, number>();
  /** How many bytes the checkpoint on disk covers. */
  #checkpointedBytes = -1;
  #removed = false;

  constructor(directory: string, baseOffset: number, shared: SegmentFiles) {
    this.baseOffset = baseOffset;
    this.nextOffset = baseOffset;
    this.path = join(directory, `${String(baseOffset).padStart(20, '0')}.log`);
    this.#shared = shared;
  }

  get checkpointPath(): string {
    return this.path.replace(/\.log$/, '.checkpoint');
  }

  /**
   * What retention by age goes by, as in Kafka: the newest record's time, or without any, the time of the
   * last write.
   */
  get newestMs(): number {
    return this.maxTimestamp >= 0 ? this.maxTimestamp : statSync(this.path).mtimeMs;
  }

  create(): void {
    closeSync(openSync(this.path, 'a'));
  }

  /**
   * Loads the checkpoint if there is a valid one, verifies what follows it, and cuts off a torn tail.
   * Returns how many bytes were cut.
   */
  recover(producers: ProducerTable): number {
    const fileBytes = statSync(this.path).size;
    const checkpoint = readCheckpoint(this.checkpointPath, fileBytes);
    if (checkpoint !== undefined) {
      this.sizeBytes = checkpoint.bytes;
      this.nextOffset = checkpoint.nextOffset;
      this.maxTimestamp = checkpoint.maxTimestamp;
      this.#index = undefined;
      this.#checkpointedBytes = checkpoint.bytes;
      producers.restore(checkpoint.producers);
    }
    if (this.sizeBytes === fileBytes) return 0;
    const fd = this.#descriptor();
    const intact = verifyBatches(fd, this.sizeBytes, fileBytes, (batch, position) => {
      // The CRC does not cover the offset, but offsets have no gaps.
      if (batch.baseOffset !== this.nextOffset) return false;
      this.#note(batch, batch.baseOffset, position);
      producers.note(batch, batch.baseOffset);
      return true;
    });
    if (intact < fileBytes) ftruncateSync(fd, intact);
    return fileBytes - intact;
  }

  /** Appends a stamped batch; a failed write leaves the file as it was. */
  append(bytes: Buffer, batch: BatchHeader): void {
    const fd = this.#descriptor();
    const position = this.sizeBytes;
    try {
      writeFully(fd, bytes, position);
    } catch (error) {
      ftruncateSync(fd, position);
      throw error;
    }
    this.#note(batch, this.nextOffset, position);
  }

  #note(batch: BatchHeader, baseOffset: number, position: number): void {
    this.#index?.add(baseOffset, position);
    this.nextOffset = baseOffset + batch.lastOffsetDelta + 1;
    this.sizeBytes = position + batch.sizeBytes;
    if (batch.maxTimestamp > this.maxTimestamp) this.maxTimestamp = batch.maxTimestamp;
  }

  /** Where the batch that holds `offset` begins; the offset must be in the segment. */
  locate(offset: number): number {
    if (offset === this.baseOffset) return 0;
    const remembered = this.#readEnds.get(offset);
    if (remembered !== undefined) return remembered;
    let found = this.sizeBytes;
    const from = this.#getIndex().positionBefore(offset);
    walkBatches(this.#descriptor(), from, this.sizeBytes, (batch, position) => {
      found = position;
      return batch.baseOffset + batch.lastOffsetDelta < offset;
    });
    return found;
  }

  /** The first record at `timestamp` or later, of those from `startOffset` on. */
  findTimestamp(timestamp: number, startOffset: number): FoundOffset | undefined {
    let found: FoundOffset | undefined;
    const fd = this.#descriptor();
    walkBatches(fd, 0, this.sizeBytes, (batch, position) => {
      if (batch.maxTimestamp >= timestamp && batch.baseOffset + batch.lastOffsetDelta >= startOffset) {
        found = findOffsetInBatch(fd, batch, position, timestamp, startOffset);
      }
      return found === undefined;
    });
    return found;
  }

  /**
   * Appends whole batches from `position` to the writer, up to `bytesMax`; the first one may exceed that
   * if `oversized`. Returns the bytes written.
   */
  read(writer: Writer, position: number, bytesMax: number, oversized: boolean): number {
    const fd = this.#descriptor();
    const start = writer.length;
    const available = this.sizeBytes - position;
    const wanted = Math.min(available, Math.max(bytesMax, BATCH_HEADER_BYTES));
    writer.reserve(wanted);
    const bytes = readSync(fd, writer.buffer, start, wanted, position);
    let whole = 0;
    let lastBatchAt = -1;
    while (bytes - whole >= BATCH_HEADER_BYTES) {
      const size = batchSize(writer.buffer, start + whole);
      if (size === 0 || whole + size > bytes) break;
      lastBatchAt = whole;
      whole += size;
    }
    if (whole === 0 && oversized && bytes >= BATCH_HEADER_BYTES) {
      const size = batchSize(writer.buffer, start);
      writer.truncate(start);
      writer.reserve(size);
      whole = readSync(fd, writer.buffer, start, size, position) === size ? size : 0;
      lastBatchAt = 0;
    }
    writer.truncate(start + whole);
    if (whole > 0) this.#noteReadEnd(offsetAfterBatch(writer.buffer, start + lastBatchAt), position + whole);
    return whole;
  }

  #noteReadEnd(offset: number, position: number): void {
    if (this.#readEnds.size >= READ_ENDS_MAX) {
      const [oldest] = this.#readEnds.keys();
      this.#readEnds.delete(oldest!);
    }
    this.#readEnds.set(offset, position);
  }

  /** No more appends: fsyncs and checkpoints in the background if needed. */
  closeForAppends(producers: ProducerTable): void {
    this.#index = undefined;
    this.#isClosed = true;
    if (this.#checkpointedBytes === this.sizeBytes) return;
    const checkpoint = this.#checkpoint(producers);
    this.#shared.background.add(this.path, () => this.#checkpointLater(checkpoint));
  }

  async #checkpointLater(checkpoint: Checkpoint): Promise<void> {
    // A descriptor of its own: the cached one may be closed meanwhile.
    const file = await open(this.path, 'r+').catch(() => undefined);
    try {
      await file?.datasync();
    } finally {
      await file?.close();
    }
    if (file === undefined || this.#removed) return;
    writeCheckpoint(this.checkpointPath, checkpoint);
    this.#checkpointedBytes = checkpoint.bytes;
  }

  /** fsyncs and checkpoints if needed. */
  flush(producers: ProducerTable): void {
    if (this.#checkpointedBytes === this.sizeBytes) return;
    fdatasyncSync(this.#descriptor());
    writeCheckpoint(this.checkpointPath, this.#checkpoint(producers));
    this.#checkpointedBytes = this.sizeBytes;
  }

  #checkpoint(producers: ProducerTable): Checkpoint {
    const { sizeBytes: bytes, nextOffset, maxTimestamp } = this;
    return { bytes, nextOffset, maxTimestamp, producers: producers.state() };
  }

  #getIndex(): SegmentIndex {
    const { indexes } = this.#shared;
    if (this.#isClosed) return indexes.get(this) ?? indexes.set(this, this.#makeIndex());
    this.#index ??= this.#makeIndex();
    return this.#index;
  }

  #makeIndex(): SegmentIndex {
    const index = new SegmentIndex();
    walkBatches(this.#descriptor(), 0, this.sizeBytes, (batch, position) => {
      index.add(batch.baseOffset, position);
      return true;
    });
    return index;
  }

  /** Use it at once: it is closed when others were used more recently. */
  #descriptor(): number {
    const { descriptors } = this.#shared;
    return descriptors.get(this.path) ?? descriptors.set(this.path, openSync(this.path, 'r+'));
  }

  remove(): void {
    this.#removed = true;
    this.#shared.descriptors.delete(this.path);
    this.#shared.indexes.delete(this);
    // In this order: a kill in between must not leave an orphaned checkpoint.
    rmSync(this.checkpointPath, { force: true });
    rmSync(this.path, { force: true });
  }
}
