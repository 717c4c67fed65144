import type { Lane } from '@millrace/contracts';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { ClientOptions } from '../connection/kafka-client.ts';
import { LANE_TOPICS, laneTopic } from '../topics.ts';
import { GroupSession } from './group-session.ts';
import type { OffsetTracker } from './offset-tracker.ts';
import type { Session } from './session-keeper.ts';

export interface SessionOptions extends ClientOptions {
  groupId: string;
  offsets: OffsetTracker;
  /** Read when a session begins; maintained by the caller of `pause` and `resume`. */
  pausedLanes: ReadonlySet<Lane>;
  /** Must only parse and enqueue: it blocks kafkajs, with its heartbeat and the other partitions. */
  onBatch(batch: EachBatchPayload['batch']): void;
}

// About a hundred doorbells of one partition at a time: no other executor can start what this one holds.
const PARTITION_BYTES_MAX = 4_096;
const RESPONSE_BYTES_MAX = 131_072;

/** One membership in the executors' group: pauses lanes and commits offsets. */
export class ConsumerSession implements Session {
  readonly #options: SessionOptions;
  readonly #group: GroupSession;
  /** Set while it can be paused: from when it runs until the session closes. */
  #consumer: Consumer | undefined;
  #commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #committing: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#group = new GroupSession(
      {
        ...options,
        topics: LANE_TOPICS,
        // A new group must not skip waiting tasks.
        fromBeginning: true,
        partitionBytesMax: PARTITION_BYTES_MAX,
        responseBytesMax: RESPONSE_BYTES_MAX,
      },
      {
        onBatch: (payload) => this.#onBatch(payload),
        onRunning: (consumer) => {
          this.#consumer = consumer;
          for (const lane of options.pausedLanes) this.pause(lane);
        },
        onJoin: (assignment) => {
          options.offsets.assign(assignment);
          const partitions = options.offsets.assigned;
          options.logger.info({ partitions }, 'the stream consumer joined its group');
        },
        onRebalancing: () => void this.commit().catch(() => {}),
      },
    );
  }

  get ended(): Promise<Error> {
    return this.#group.ended;
  }

  get joined(): boolean {
    return this.#group.joined;
  }

  get connected(): boolean {
    return this.#group.connected;
  }

  get joiningForMs(): number | undefined {
    return this.#group.joiningForMs;
  }

  get lastFetchAt(): number | null {
    return this.#group.lastFetchAt;
  }

  pause(lane: Lane): void {
    this.#consumer?.pause([{ topic: laneTopic(lane) }]);
  }

  resume(lane: Lane): void {
    this.#consumer?.resume([{ topic: laneTopic(lane) }]);
  }

  /**
   * Commits what is acknowledged. Not with `consumer.commitOffsets`, which retries a failed commit after a rebalance under the new generation,
   * when another member may own the partition and be further on.
   */
  async commit(): Promise<void> {
    await this.#committing;
    const { offsets, committed } = this.#options.offsets.committable();
    if (offsets.length === 0 || !this.#commitOffsets) return;
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
    const topics = [...byTopic].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }));
    this.#committing = this.#commitOffsets({ topics })
      .then(committed)
      .finally(() => {
        this.#committing = undefined;
      });
    await this.#committing;
  }

  /** Leaves the group. Commit first: kafkajs silently drops commits from here on. */
  async close(): Promise<void> {
    this.#consumer = undefined;
    this.#commitOffsets = undefined;
    await this.#group.close();
  }

  #onBatch({ batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload): void {
    this.#commitOffsets = commitOffsetsIfNecessary;
    // An unresolved batch is fetched again on resume: a lane paused in mid-response stops at once.
    if (this.#group.isPaused(batch.topic) || batch.messages.length === 0) return;
    this.#options.onBatch(batch);
    resolveOffset(batch.lastOffset());
  }
}
