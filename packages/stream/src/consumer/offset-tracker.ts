interface PartitionOffset {
  topic: string;
  partition: number;
  /** The next offset that the group should read. */
  offset: number;
}

/**
 * The offsets of one partition, for as long as it is ours.
 *
 *     committed ≤ watermark ≤ next
 *                 │           └ everything below has been seen
 *                 └ everything below has been acknowledged: may be committed
 */
export class PartitionTracker {
  /** Offsets seen and not yet below the watermark, in order, and whether each is acknowledged. */
  readonly #outstanding = new Map<number, boolean>();
  #committed = -1;
  #next = -1;
  /** One past the partition's last message, as last reported. */
  #end = 0;
  /** Whether a batch since the last assignment has shown the group's committed offset. */
  #confirmed = false;

  /** Assigned again after a rebalance, during which others may have moved the committed offset. */
  reassigned(): void {
    this.#confirmed = false;
  }

  /**
   * @param offsets of a batch as fetched, ascending, not empty
   * @param end one past the batch's last offset
   * @returns those not seen before: after a rebalance kafkajs refetches from the committed offset
   */
  arrive(offsets: readonly number[], end: number): number[] {
    const begin = offsets[0]!;
    if (begin < this.#committed) this.#restart();
    if (!this.#confirmed) {
      this.#confirmed = true;
      for (const offset of this.#outstanding.keys()) {
        if (offset >= begin) break;
        this.#outstanding.delete(offset);
      }
      this.#committed = begin;
    }
    const fresh = offsets.filter((offset) => offset >= this.#next);
    for (const offset of fresh) this.#outstanding.set(offset, false);
    this.#next = Math.max(this.#next, end);
    return fresh;
  }

  acknowledge(offset: number): void {
    if (!this.#outstanding.has(offset)) return;
    this.#outstanding.set(offset, true);
    for (const [oldest, acknowledged] of this.#outstanding) {
      if (!acknowledged) return;
      this.#outstanding.delete(oldest);
    }
  }

  /** The watermark, if it is past the committed offset. */
  committable(): number | undefined {
    if (!this.#confirmed) return undefined;
    const watermark = this.#watermark;
    return watermark > this.#committed ? watermark : undefined;
  }

  endsAt(end: number): void {
    this.#end = end;
  }

  /** Unacknowledged messages, seen or not; 0 until a batch has shown the committed offset. */
  get lag(): number {
    return this.#confirmed ? Math.max(0, this.#end - this.#watermark) : 0;
  }

  committed(offset: number): void {
    this.#committed = Math.max(this.#committed, offset);
  }

  get #watermark(): number {
    const [oldest] = this.#outstanding.keys();
    return oldest ?? this.#next;
  }

  /** The partition was recreated: its offsets now denote other messages. */
  #restart(): void {
    this.#outstanding.clear();
    this.#next = -1;
    this.#committed = -1;
    this.#confirmed = false;
  }
}

/** The partitions assigned to this process. */
export class OffsetTracker {
  #partitions = new Map<string, { topic: string; partition: number; tracker: PartitionTracker }>();

  get assigned(): number {
    return this.#partitions.size;
  }

  /** Replaces the assignment. Later acknowledgements for revoked partitions have no effect. */
  assign(assignment: Readonly<Record<string, readonly number[]>>): void {
    const previous = this.#partitions;
    this.#partitions = new Map();
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const key = `${topic}/${partition}`;
        const tracker = previous.get(key)?.tracker ?? new PartitionTracker();
        tracker.reassigned();
        this.#partitions.set(key, { topic, partition, tracker });
      }
    }
  }

  /** Undefined if the partition is not assigned here. */
  find(topic: string, partition: number): PartitionTracker | undefined {
    return this.#partitions.get(`${topic}/${partition}`)?.tracker;
  }

  /** For the assigned partitions, by topic. */
  lag(): Map<string, number> {
    const lag = new Map<string, number>();
    for (const { topic, tracker } of this.#partitions.values()) {
      lag.set(topic, (lag.get(topic) ?? 0) + tracker.lag);
    }
    return lag;
  }

  /** What has been acknowledged since the last commit, and a callback for when it is committed. */
  committable(): { offsets: PartitionOffset[]; committed: () => void } {
    const offsets: PartitionOffset[] = [];
    const trackers: PartitionTracker[] = [];
    for (const { topic, partition, tracker } of this.#partitions.values()) {
      const offset = tracker.committable();
      if (offset === undefined) continue;
      offsets.push({ topic, partition, offset });
      trackers.push(tracker);
    }
    return {
      offsets,
      committed: () => {
        trackers.forEach((tracker, index) => {
          tracker.committed(offsets[index]!.offset);
        });
      },
    };
  }
}
