import { type LogSettings, PartitionLog, type RecoveryReport } from '../log/partition-log.ts';
import { decodeProducedBatches } from '../log/record-batch.ts';
import type { SegmentFiles } from '../log/segment.ts';
import { ProducerTable } from '../producers/producer-table.ts';
import { ErrorCode } from '../wire/error-codes.ts';

/** Someone parked until the partition changes: bytes were appended, or its start moved, or it was deleted. */
export type PartitionWatcher = { appended(bytes: number): void; changed(): void };

export type AppendOutcome = { error: ErrorCode; baseOffset: number };

/** A partition: its log, its producers, and who waits for it. */
export class Partition {
  readonly log: PartitionLog;
  readonly watchers = new Set<PartitionWatcher>();
  readonly #producers = new ProducerTable();
  readonly #onError: (error: Error) => void;

  constructor(
    directory: string,
    settings: LogSettings,
    shared: SegmentFiles,
    onError: (error: Error) => void,
  ) {
    this.#onError = onError;
    this.log = new PartitionLog(directory, settings, shared, this.#producers, onError);
  }

  recover(): RecoveryReport {
    return this.log.recover();
  }

  /** Validates and stores a produced `records` field. When it returns NONE the records survive a kill. */
  append(records: Buffer, batchBytesMax: number): AppendOutcome {
    const decoded = decodeProducedBatches(records, batchBytesMax);
    if ('error' in decoded) return { error: decoded.error, baseOffset: -1 };
    const { batches } = decoded;
    const check = this.#producers.check(batches);
    if (check.kind === 'refused') return { error: check.error, baseOffset: -1 };
    if (check.kind === 'duplicate') return { error: ErrorCode.NONE, baseOffset: check.baseOffset };
    let baseOffset: number;
    try {
      baseOffset = this.log.append(records, batches);
    } catch (error) {
      this.#onError(error as Error);
      return { error: ErrorCode.KAFKA_STORAGE_ERROR, baseOffset: -1 };
    }
    let next = baseOffset;
    for (const batch of batches) {
      this.#producers.note(batch, next);
      next += batch.lastOffsetDelta + 1;
    }
    for (const watcher of [...this.watchers]) watcher.appended(records.length);
    return { error: ErrorCode.NONE, baseOffset };
  }

  deleteBefore(offset: number): void {
    this.log.deleteBefore(offset);
    this.#wakeAll();
  }

  remove(): void {
    this.log.remove();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const watcher of [...this.watchers]) watcher.changed();
  }
}
