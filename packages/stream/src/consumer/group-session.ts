import type { Consumer, EachBatchPayload } from 'kafkajs';
import { ensureTopicsIfAllowed } from '../connection/ensure-topics.ts';
import { type ClientOptions, createKafkaClient, type KafkaClient } from '../connection/kafka-client.ts';
import type { OffsetTracker } from './offset-tracker.ts';

type Assignment = Readonly<Record<string, readonly number[]>>;

interface GroupSessionOptions extends ClientOptions {
  groupId: string;
  topics: readonly string[];
  /** Where to start if the group has committed nothing: at the first message, or after the last. */
  fromBeginning: boolean;
  partitionBytesMax: number;
  responseBytesMax: number;
  /** Maintained by the caller of `pause` and `resume`. */
  pausedTopics?: ReadonlySet<string>;
}

/** These must only parse and enqueue: they block kafkajs, with its heartbeat and all partitions. */
interface GroupSessionHandlers {
  onBatch(batch: EachBatchPayload['batch']): void;
  onJoin?(assignment: Assignment): void;
  /** The last chance to commit for partitions that this member is about to lose. */
  onRebalancing?(): void;
  /** The end offsets are known: a session that starts at the end reads all that is published from now on. */
  onEndsKnown?(): void;
}

const MAX_WAIT_MS = 500;
const HEARTBEAT_MS = 1_000;
const SESSION_TIMEOUT_MS = 10_000;
const REBALANCE_TIMEOUT_MS = 30_000;
const STALL_CHECK_MS = 5_000;
// Longer than a rebalance, the longest legitimate silence.
const STALL_MS = REBALANCE_TIMEOUT_MS + 2 * SESSION_TIMEOUT_MS;

/**
 * One membership in a consumer group, from joining to its end; never restarted, but replaced by a new
 * session.
 */
export class GroupSession {
  /** Resolves with the reason when the session ends by itself. */
  readonly ended: Promise<Error>;
  /** Whether it ever joined. */
  joined = false;
  /** When the broker last answered a poll, by `performance.now()`. */
  lastFetchAt: number | null = null;

  readonly #options: GroupSessionOptions;
  readonly #handlers: GroupSessionHandlers;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #end: (reason: Error) => void;
  readonly #stallCheck: ReturnType<typeof setInterval>;
  readonly #startedAt = performance.now();
  /** Set while it can be paused: once it has stopped, kafkajs throws. */
  #running: Consumer | undefined;
  #commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #committing: Promise<void> | undefined;
  #connectedAt: number | undefined;
  /** Without a committed offset, and not from the beginning, a message sent before is not read. */
  #areEndsKnown = false;
  #closed = false;

  constructor(options: GroupSessionOptions, handlers: GroupSessionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.ended = promise;
    this.#end = resolve;
    this.#client = createKafkaClient(options);
    this.#consumer = this.#client.kafka.consumer({
      groupId: options.groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: MAX_WAIT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxBytesPerPartition: options.partitionBytesMax,
      maxBytes: options.responseBytesMax,
      // A single recovery path: a crash always ends the session.
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
    this.#listen();
    this.#stallCheck = setInterval(() => this.#checkStall(), STALL_CHECK_MS);
    this.#run().catch(this.#end);
  }

  /** A frozen broker keeps its sockets open: only its answers count. */
  get connected(): boolean {
    const heardAt = this.lastFetchAt ?? this.#startedAt;
    const isReading = this.joined && (this.#options.fromBeginning || this.#areEndsKnown);
    return isReading && this.#client.connections() > 0 && performance.now() - heardAt < SESSION_TIMEOUT_MS;
  }

  /** How long it has been trying to join; undefined once joined, or while the broker is unreachable. */
  get joiningForMs(): number | undefined {
    if (this.joined || this.#closed || this.#connectedAt === undefined) return undefined;
    return this.#client.connections() > 0 ? performance.now() - this.#connectedAt : undefined;
  }

  /** Pauses survive rebalances. */
  pause(topic: string): void {
    this.#running?.pause([{ topic }]);
  }

  resume(topic: string): void {
    this.#running?.resume([{ topic }]);
  }

  /**
   * Commits what is acknowledged. Not with `consumer.commitOffsets`, which retries a failed commit after a
   * rebalance under the new generation, when another member may own the partition and be further on.
   */
  async commit(tracker: OffsetTracker): Promise<void> {
    await this.#committing;
    const { offsets, committed } = tracker.committable();
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
    clearInterval(this.#stallCheck);
    this.#closed = true;
    this.#running = undefined;
    this.#commitOffsets = undefined;
    this.joined = false;
    await this.#client.close(() => this.#consumer.disconnect());
  }

  async #run(): Promise<void> {
    const { topics, fromBeginning } = this.#options;
    await ensureTopicsIfAllowed(this.#options);
    await this.#consumer.connect();
    this.#connectedAt = performance.now();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning });
    const run = this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => this.#onBatch(payload),
    });
    if (!this.#closed) {
      this.#running = this.#consumer;
      for (const topic of this.#options.pausedTopics ?? []) this.pause(topic);
    }
    await run;
  }

  #onBatch({ batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload): void {
    if (this.#closed) return;
    this.#commitOffsets = commitOffsetsIfNecessary;
    // An unresolved batch is fetched again on resume: a topic paused in mid-response stops at once.
    if (this.#options.pausedTopics?.has(batch.topic)) return;
    this.#handlers.onBatch(batch);
    resolveOffset(batch.lastOffset());
  }

  #listen(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.REQUEST, ({ payload: { apiName } }) => {
      // kafkajs sends heartbeats once fetches are answered, or alone where there is nothing to fetch.
      if (apiName === 'Fetch' || apiName === 'Heartbeat') this.lastFetchAt = performance.now();
      if (apiName !== 'ListOffsets' || this.#closed) return;
      this.#areEndsKnown = true;
      this.#handlers.onEndsKnown?.();
    });
    this.#consumer.on(events.REBALANCING, () => this.#handlers.onRebalancing?.());
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      if (this.#closed) return;
      this.joined = true;
      this.#handlers.onJoin?.(payload.memberAssignment);
    });
    this.#consumer.on(events.CRASH, ({ payload }) => {
      this.#running = undefined;
      this.#end(payload.error);
    });
  }

  #checkStall(): void {
    const silentMs = performance.now() - (this.lastFetchAt ?? this.#startedAt);
    if (silentMs > STALL_MS) this.#end(new Error(`no answer to a poll for ${Math.round(silentMs)} ms`));
  }
}
