import { type LogSettings, PartitionLog } from '../log/partition-log.ts';
import { decodeProducedBatch } from '../log/record-batch.ts';
import type { SegmentFiles } from '../log/segment.ts';
import { ProducerTable } from '../producers/producer-table.ts';
import { ErrorCode } from '../wire/error-codes.ts';

/** A parked fetch: told when bytes are appended, and when the start moves or the partition is deleted. */
type PartitionWatcher = { appended(bytes: number): void; changed(): void };

type AppendOutcome = { error: ErrorCode; baseOffset: number };

/** A partition: its log, its producers, and parked fetches. */
export class Partition {
  readonly log: PartitionLog;
  readonly watchers = new Set<PartitionWatcher>();
  readonly #producers = new ProducerTable();

  constructor(directory: string, settings: LogSettings, shared: SegmentFiles) {
    this.log = new PartitionLog(directory, settings, shared, this.#producers);
  }

  /**
   * Validates and stores a produced `records` field. If it returns NONE, the records survive a kill. Throws if they
   * cannot be written.
   */
  append(records: Buffer, batchBytesMax: number): AppendOutcome {
    const batch = decodeProducedBatch(records, batchBytesMax);
    if (typeof batch === 'number') return { error: batch, baseOffset: -1 };
    const check = this.#producers.check(batch);
    if (check.kind === 'refused') return { error: check.error, baseOffset: -1 };
    if (check.kind === 'duplicate') return { error: ErrorCode.NONE, baseOffset: check.baseOffset };
    const baseOffset = this.log.append(records, batch);
    this.#producers.note(batch, baseOffset);
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
