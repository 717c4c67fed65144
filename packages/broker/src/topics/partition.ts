import { PartitionLog } from '../log/partition-log.ts';
import { decodeProducedBatch } from '../log/record-batch.ts';
import type { SegmentFiles } from '../log/segment.ts';
import { ProducerTable } from '../producers/producer-table.ts';
import type { TopicConfig } from './topic-config.ts';

/** A parked fetch: told when bytes are appended, and when the start moves or the partition is deleted. */
type PartitionWatcher = { appended(bytes: number): void; changed(): void };

/** A partition: its log, its producers, and parked fetches. */
export class Partition {
  readonly log: PartitionLog;
  readonly watchers = new Set<PartitionWatcher>();
  readonly #producers = new ProducerTable();
  readonly #config: Readonly<TopicConfig>;

  constructor(directory: string, config: Readonly<TopicConfig>, shared: SegmentFiles) {
    this.#config = config;
    this.log = new PartitionLog(directory, config, shared, this.#producers);
  }

  /**
   * Stores a produced `records` field; returns its offset. Once it returns, the records survive a kill.
   * Throws a Refusal if they are not accepted, and the system's error if they cannot be written.
   */
  append(records: Buffer): number {
    const batch = decodeProducedBatch(records, this.#config['max.message.bytes']);
    const storedOffset = this.#producers.storedOffset(batch);
    if (storedOffset !== undefined) return storedOffset;
    const baseOffset = this.log.append(records, batch);
    this.#producers.note(batch, baseOffset);
    for (const watcher of [...this.watchers]) watcher.appended(records.length);
    return baseOffset;
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
