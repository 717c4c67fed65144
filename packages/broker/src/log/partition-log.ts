import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProducerTable } from '../producers/producer-table.ts';
import { readJson, replaceFile } from '../storage/durable-file.ts';
import type { TopicConfig } from '../topics/topic-config.ts';
import type { Writer } from '../wire/writer.ts';
import type { FoundOffset } from './find-timestamp.ts';
import { type BatchHeader, stampBatch } from './record-batch.ts';
import { Segment, type SegmentFiles } from './segment.ts';

export type LogConfig = Pick<TopicConfig, 'segment.bytes' | 'retention.ms' | 'retention.bytes'>;

type RecoveryReport = { cutBytes: number; droppedSegments: number };

/**
 * The log of one partition: segments in offset order, the last one active. Everything is read from
 * disk; memory holds a few numbers for each segment, and sparse indexes of some. A partition without records has
 * no files.
 */
export class PartitionLog {
  readonly #directory: string;
  /** The topic's: it changes with that. */
  readonly config: Readonly<LogConfig>;
  readonly #shared: SegmentFiles;
  /** Of this partition; checkpoints hold its state. */
  readonly #producers: ProducerTable;
  #segments: Segment[] = [];
  #logStartOffset = 0;

  constructor(
    directory: string,
    config: Readonly<LogConfig>,
    shared: SegmentFiles,
    producers: ProducerTable,
  ) {
    this.#directory = directory;
    this.config = config;
    this.#shared = shared;
    this.#producers = producers;
  }

  get startOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset of the next record; with one broker, also the high watermark. */
  get endOffset(): number {
    return this.#segments.at(-1)?.nextOffset ?? this.#logStartOffset;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /**
   * Opens what is on disk. After a kill, only the last segments can lack a checkpoint: they are verified, all
   * but the active one get theirs now, and the log ends before the first record that is damaged or missing.
   */
  recover(): RecoveryReport {
    const report = { cutBytes: 0, droppedSegments: 0 };
    if (!existsSync(this.#directory)) return report;
    const bases = readdirSync(this.#directory)
      .filter((name) => /^\d{20}\.log$/.test(name))
      .map((name) => Number(name.slice(0, 20)))
      .sort((a, b) => a - b);
    for (const base of bases) {
      const segment = new Segment(this.#directory, base, this.#shared);
      const previous = this.#segments.at(-1);
      if (previous !== undefined && previous.nextOffset !== base) {
        segment.remove();
        report.droppedSegments++;
        continue;
      }
      previous?.closeForAppends(this.#producers);
      report.cutBytes += segment.recover(this.#producers);
      this.#segments.push(segment);
    }
    const persisted = readJson(this.#startOffsetPath);
    this.#logStartOffset = Math.max(
      this.#segments[0]?.baseOffset ?? 0,
      typeof persisted === 'number' ? Math.min(persisted, this.endOffset) : 0,
    );
    return report;
  }

  /** Stamps and appends a batch; returns the offset of its first record. */
  append(bytes: Buffer, batch: BatchHeader): number {
    const baseOffset = this.endOffset;
    stampBatch(bytes, baseOffset);
    this.#active(bytes.length).append(bytes, batch);
    return baseOffset;
  }

  #active(bytes: number): Segment {
    const active = this.#segments.at(-1);
    if (active === undefined) return this.#roll();
    const full = active.sizeBytes > 0 && active.sizeBytes + bytes > this.config['segment.bytes'];
    return full ? this.#roll() : active;
  }

  #roll(): Segment {
    const next = new Segment(this.#directory, this.endOffset, this.#shared);
    if (this.#segments.length === 0) mkdirSync(this.#directory, { recursive: true });
    next.create();
    this.#segments.at(-1)?.closeForAppends(this.#producers);
    this.#segments.push(next);
    this.applyRetention(Date.now());
    return next;
  }

  /** Bytes of log from the batch that holds `offset` to the end. */
  bytesFrom(offset: number): number {
    if (offset >= this.endOffset) return 0;
    const at = this.#segmentIndexOf(offset);
    const first = this.#segments[at]!;
    let bytes = first.sizeBytes - first.locate(offset);
    for (let i = at + 1; i < this.#segments.length; i++) bytes += this.#segments[i]!.sizeBytes;
    return bytes;
  }

  /** Appends whole batches from `offset` on to the writer; see Segment.read. */
  read(writer: Writer, offset: number, bytesMax: number, oversized: boolean): number {
    if (offset >= this.endOffset) return 0;
    const segment = this.#segments[this.#segmentIndexOf(offset)]!;
    return segment.read(writer, segment.locate(offset), bytesMax, oversized);
  }

  #segmentIndexOf(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The first record at `timestamp` (ms) or later. */
  offsetForTimestamp(timestamp: number): FoundOffset | undefined {
    for (const segment of this.#segments) {
      if (segment.maxTimestamp < timestamp) continue;
      const found = segment.findTimestamp(timestamp, this.#logStartOffset);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Makes everything before `offset` unreadable, and deletes segments that hold nothing else. */
  deleteBefore(offset: number): void {
    if (offset <= this.#logStartOffset) return;
    replaceFile(this.#startOffsetPath, JSON.stringify(offset));
    this.#logStartOffset = offset;
    this.#dropWhile((segment) => segment.nextOffset <= offset);
  }

  /** Deletes the oldest segments while they are too old, or while the rest still reaches the size limit. */
  applyRetention(nowMs: number): number {
    const { 'retention.ms': retentionMs, 'retention.bytes': retentionBytes } = this.config;
    let bytes = this.sizeBytes;
    return this.#dropWhile((segment) => {
      const tooOld = retentionMs >= 0 && segment.newestMs + retentionMs < nowMs;
      const tooLarge = retentionBytes >= 0 && bytes - segment.sizeBytes >= retentionBytes;
      bytes -= segment.sizeBytes;
      return tooOld || tooLarge;
    });
  }

  /** If the active segment is due too, an empty one takes its place and preserves the end offset. */
  #dropWhile(due: (segment: Segment) => boolean): number {
    let count = 0;
    while (count < this.#segments.length && this.#segments[count]!.sizeBytes > 0) {
      if (!due(this.#segments[count]!)) break;
      count++;
    }
    if (count === 0) return 0;
    if (count === this.#segments.length) {
      const empty = new Segment(this.#directory, this.endOffset, this.#shared);
      empty.create();
      this.#segments.push(empty);
    }
    for (const segment of this.#segments.splice(0, count)) segment.remove();
    this.#logStartOffset = Math.max(this.#logStartOffset, this.#segments[0]!.baseOffset);
    return count;
  }

  get #startOffsetPath(): string {
    return join(this.#directory, 'log-start-offset.json');
  }

  /** fsyncs and checkpoints, so that the next start has nothing to verify. */
  flush(): void {
    for (const segment of this.#segments) segment.flush(this.#producers);
  }

  remove(): void {
    for (const segment of this.#segments) segment.remove();
    this.#segments = [];
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
