import type { Consumer, EachBatchPayload } from 'kafkajs';
import { ensureTopicsIfAllowed } from '../connection/ensure-topics.ts';
import { type ClientOptions, createKafkaClient, type KafkaClient } from '../connection/kafka-client.ts';
import type { Session } from './session-keeper.ts';

export type Assignment = Readonly<Record<string, readonly number[]>>;

export interface GroupSessionOptions extends ClientOptions {
  groupId: string;
  topics: readonly string[];
  /** Where to start if the group has committed nothing: at the first message, or after the last. */
  fromBeginning: boolean;
  partitionBytesMax: number;
  responseBytesMax: number;
}

/** These must only parse and enqueue: they block kafkajs, with its heartbeat and all partitions. */
export interface GroupSessionHandlers {
  /** An unresolved batch is fetched again. */
  onBatch(payload: EachBatchPayload): void;
  /** From here on the consumer can be paused; pauses survive rebalances. */
  onRunning?(consumer: Consumer): void;
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

/** One membership in a consumer group, from joining to its end; never restarted, but replaced by a new session. */
export class GroupSession implements Session {
  readonly ended: Promise<Error>;
  joined = false;
  lastFetchAt: number | null = null;

  readonly #options: GroupSessionOptions;
  readonly #handlers: GroupSessionHandlers;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #end: (reason: Error) => void;
  readonly #stallCheck: ReturnType<typeof setInterval>;
  readonly #startedAt = performance.now();
  #connectedAt: number | undefined;
  #assigned = 0;
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
    return this.joined && this.#client.connections() > 0 && performance.now() - heardAt < SESSION_TIMEOUT_MS;
  }

  /** How long it has been trying to join; undefined once joined, or while the broker is unreachable. */
  get joiningForMs(): number | undefined {
    if (this.joined || this.#closed || this.#connectedAt === undefined) return undefined;
    return this.#client.connections() > 0 ? performance.now() - this.#connectedAt : undefined;
  }

  isPaused(topic: string): boolean {
    return this.#consumer.paused().some((paused) => paused.topic === topic);
  }

  /** Leaves the group. Commit first: kafkajs silently drops commits from here on. */
  async close(): Promise<void> {
    clearInterval(this.#stallCheck);
    this.#closed = true;
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
      eachBatch: async (payload) => {
        if (!this.#closed) this.#handlers.onBatch(payload);
      },
    });
    if (!this.#closed) this.#handlers.onRunning?.(this.#consumer);
    await run;
  }

  #listen(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.REQUEST, ({ payload: { apiName } }) => {
      // With nothing to fetch, kafkajs sends only heartbeats.
      if (apiName === 'Fetch' || (apiName === 'Heartbeat' && this.#nothingToFetch())) {
        this.lastFetchAt = performance.now();
      }
      if (apiName === 'ListOffsets' && !this.#closed) this.#handlers.onEndsKnown?.();
    });
    this.#consumer.on(events.REBALANCING, () => this.#handlers.onRebalancing?.());
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      if (this.#closed) return;
      this.joined = true;
      this.#assigned = Object.values(payload.memberAssignment).flat().length;
      this.#handlers.onJoin?.(payload.memberAssignment);
    });
    this.#consumer.on(events.CRASH, ({ payload }) => this.#end(payload.error));
  }

  #nothingToFetch(): boolean {
    const paused = this.#consumer.paused().reduce((sum, { partitions }) => sum + partitions.length, 0);
    return paused === this.#assigned;
  }

  #checkStall(): void {
    const silentMs = performance.now() - (this.lastFetchAt ?? this.#startedAt);
    if (silentMs > STALL_MS) this.#end(new Error(`no answer to a poll for ${Math.round(silentMs)} ms`));
  }
}
