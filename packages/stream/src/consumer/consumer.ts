import type { Lane, UnreadableMessage } from '@millrace/contracts';
import type { EachBatchPayload } from 'kafkajs';
import type { ClientOptions } from '../connection/kafka-client.ts';
import { decodeTasksReady, decodeTraceparent, describeUnreadable, TRACEPARENT } from '../message-codec.ts';
import type { TaskProducer } from '../producer/producer.ts';
import { LANE_TOPICS, laneOfTopic, laneTopic } from '../topics.ts';
import { GroupSession } from './group-session.ts';
import { OffsetTracker } from './offset-tracker.ts';
import { SessionKeeper } from './session-keeper.ts';

/** Task `taskId` may be ready. */
export interface Doorbell {
  taskId: string;
  lane: Lane;
  traceparent: string | undefined;
  /**
   * Call it once the claim is durable or turned out to be unnecessary. Until all tasks of a message are
   * acknowledged, a restart or rebalance delivers all of them again.
   */
  acknowledge(): void;
}

export interface TaskConsumerOptions extends ClientOptions {
  /** Default `executors`. */
  groupId?: string;
  /** Publishes unreadable messages to tasks.dead. */
  producer: Pick<TaskProducer, 'publishDead'>;
  /** Called with the doorbells of one partition, in order. Must only enqueue: it blocks the next poll. */
  onDoorbells(doorbells: Doorbell[]): void;
}

export interface ConsumerHealth {
  /** Whether it is a member of its group and the broker answered within the last ten seconds. */
  connected: boolean;
  /**
   * When the broker last answered a poll, by `performance.now()`; null before the first. Polls are at most
   * half a second apart.
   */
  lastFetchAt: number | null;
  assignedPartitions: number;
  /**
   * How long it has been trying to join its group, which admits nobody until members that died silently time
   * out, after ten seconds; undefined when it is not joining.
   */
  joiningForMs?: number | undefined;
}

export interface TaskConsumer {
  /** Returns at once; while the broker is unreachable it keeps trying. */
  start(): void;
  /**
   * Pauses all lanes for good, but stays a member and keeps committing what is acknowledged. First half of a
   * shutdown.
   */
  stopFetching(): void;
  /** Commits what is acknowledged and leaves the group, so that the others get its partitions at once. */
  stop(): Promise<void>;
  pause(lane: Lane): void;
  resume(lane: Lane): void;
  health(): ConsumerHealth;
  /**
   * Unacknowledged messages in this consumer's partitions, by topic, as of each partition's last fetch. Empty
   * without an assignment.
   */
  lag(): ReadonlyMap<string, number>;
}

// About a hundred doorbells of one partition at a time: no other executor can start what this one holds.
const PARTITION_BYTES_MAX = 4_096;
const RESPONSE_BYTES_MAX = 131_072;
const COMMIT_DELAY_MS = 500;
const LAST_COMMIT_TIMEOUT_MS = 3_000;

export function createTaskConsumer({ groupId = 'executors', ...options }: TaskConsumerOptions): TaskConsumer {
  const { logger } = options;
  const offsets = new OffsetTracker();
  const pausedTopics = new Set<string>();
  const sessions = new SessionKeeper({
    open: () =>
      new GroupSession(
        {
          ...options,
          groupId,
          topics: LANE_TOPICS,
          pausedTopics,
          // A new group must not skip waiting tasks.
          fromBeginning: true,
          partitionBytesMax: PARTITION_BYTES_MAX,
          responseBytesMax: RESPONSE_BYTES_MAX,
        },
        {
          onBatch,
          onJoin(assignment) {
            offsets.assign(assignment);
            logger.info({ partitions: offsets.assigned }, 'the stream consumer joined its group');
          },
          onRebalancing: () => void sessions.session?.commit(offsets).catch(() => {}),
        },
      ),
    name: 'stream consumer',
    logger,
  });
  let fetching = true;
  let commitTimer: ReturnType<typeof setTimeout> | undefined;

  function onBatch(batch: EachBatchPayload['batch']): void {
    const { topic, partition, messages } = batch;
    const tracker = offsets.find(topic, partition);
    const lane = laneOfTopic(topic);
    if (!tracker || !lane) return;
    tracker.endsAt(Number(batch.highWatermark));
    const fresh = tracker.arrive(
      messages.map(({ offset }) => Number(offset)),
      Number(batch.lastOffset()) + 1,
    );
    const doorbells: Doorbell[] = [];
    // Offsets ascend: the fresh ones are the last.
    for (const message of messages.slice(messages.length - fresh.length)) {
      const { offset: position, value, headers } = message;
      const offset = Number(position);
      const acknowledge = () => {
        tracker.acknowledge(offset);
        commitSoon();
      };
      const decoded = decodeTasksReady(message);
      if ('taskIds' in decoded) {
        const traceparent = decodeTraceparent(headers?.[TRACEPARENT]);
        doorbells.push(...doorbellsOf(decoded.taskIds, { lane, traceparent, acknowledge }));
      } else {
        bury(describeUnreadable({ topic, partition, offset: position }, decoded.unreadable, value));
        acknowledge();
      }
    }
    // Acknowledged while there was no session to commit in; the partition is now confirmed as ours.
    if (tracker.committable() !== undefined) commitSoon();
    if (doorbells.length === 0) return;
    try {
      options.onDoorbells(doorbells);
    } catch (error) {
      // Thrown into kafkajs, it would end the session for all partitions.
      logger.error({ err: error }, 'onDoorbells threw; its messages stay unacknowledged');
    }
  }

  function pause(topic: string): void {
    pausedTopics.add(topic);
    sessions.session?.pause(topic);
  }

  function bury(message: UnreadableMessage): void {
    const { value_base64: _, ...fields } = message;
    logger.warn(fields, 'an unreadable message goes to tasks.dead');
    options.producer.publishDead(message);
  }

  /** No timer runs while nothing is acknowledged. */
  function commitSoon(): void {
    if (sessions.stopping) return;
    commitTimer ??= setTimeout(() => void commit(), COMMIT_DELAY_MS);
  }

  async function commit(): Promise<void> {
    clearTimeout(commitTimer);
    commitTimer = undefined;
    await sessions.session?.commit(offsets).catch((error: Error) => {
      // During a rebalance or an outage; it is committed later, or delivered again.
      logger.debug({ error: error.message }, 'could not commit offsets');
      commitSoon();
    });
  }

  return {
    start: () => sessions.start(),
    stopFetching() {
      fetching = false;
      for (const topic of LANE_TOPICS) pause(topic);
    },
    async stop() {
      this.stopFetching();
      await sessions.stop();
      await Promise.race([commit(), Bun.sleep(LAST_COMMIT_TIMEOUT_MS)]);
      await sessions.close();
    },
    pause: (lane) => pause(laneTopic(lane)),
    resume(lane) {
      if (!fetching) return;
      pausedTopics.delete(laneTopic(lane));
      sessions.session?.resume(laneTopic(lane));
    },
    health: () => ({
      ...sessions.health(),
      joiningForMs: sessions.session?.joiningForMs,
      assignedPartitions: sessions.session?.joined ? offsets.assigned : 0,
    }),
    lag: () => (sessions.session?.joined ? offsets.lag() : new Map()),
  };
}

/** The doorbells of one message, which is acknowledged once all of its tasks are. */
function doorbellsOf(
  taskIds: readonly string[],
  { acknowledge, ...message }: Omit<Doorbell, 'taskId'>,
): Doorbell[] {
  const pending = new Set(taskIds);
  return [...pending].map((taskId) => ({
    taskId,
    ...message,
    acknowledge() {
      if (pending.delete(taskId) && pending.size === 0) acknowledge();
    },
  }));
}
