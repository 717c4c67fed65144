import type { Lane, UnreadableMessage } from '@millrace/contracts';
import { LANES } from '@millrace/contracts';
import type { EachBatchPayload } from 'kafkajs';
import type { ClientOptions } from '../connection/kafka-client.ts';
import {
  asUnreadableBatch,
  decodeTasksReady,
  decodeTraceparent,
  describeUnreadable,
  TRACEPARENT,
} from '../message-codec.ts';
import type { TaskProducer } from '../producer/producer.ts';
import { laneOfTopic } from '../topics.ts';
import { ConsumerSession } from './consumer-session.ts';
import { OffsetTracker } from './offset-tracker.ts';
import { SessionKeeper } from './session-keeper.ts';

/** Task `taskId` may be ready. */
export interface Doorbell {
  taskId: string;
  lane: Lane;
  traceparent: string | undefined;
  /**
   * Call when the claim is durable or found needless. Until that is so for all tasks of a message, all of them come again after a
   * restart or a rebalance.
   */
  acknowledge(): void;
}

export interface TaskConsumerOptions extends ClientOptions {
  /** Default `executors`. */
  groupId?: string;
  /** Takes unreadable messages to tasks.dead. */
  producer: Pick<TaskProducer, 'publishDead'>;
  /** Called with the readable messages of one partition, in order. Must only enqueue: the next poll waits for it. */
  onDoorbells(doorbells: Doorbell[]): void;
  onUnreadable?(message: UnreadableMessage): void;
}

export interface ConsumerHealth {
  /** A member of its group, and the broker answered within the last ten seconds. */
  connected: boolean;
  /** When the broker last answered a poll, by `performance.now()`; `null` before the first. Polls are half a second apart at most. */
  lastFetchAt: number | null;
  assignedPartitions: number;
  /**
   * For how long it has asked to become a member of its group, which takes nobody in until members that died without a word have timed
   * out, after ten seconds; undefined while it does not.
   */
  joiningForMs?: number | undefined;
}

export interface TaskConsumer {
  /** Returns at once; with the broker out of reach it keeps trying. */
  start(): void;
  /** Takes nothing new from any lane, yet stays a member and goes on committing what is acknowledged. First half of a shutdown. */
  stopFetching(): void;
  /** Commits what is acknowledged and leaves the group, so that the others have its partitions at once. */
  stop(): Promise<void>;
  pause(lane: Lane): void;
  resume(lane: Lane): void;
  health(): ConsumerHealth;
  /**
   * Messages of this consumer's partitions that are not acknowledged yet, by topic, as of the last fetch of each partition. Empty
   * without an assignment.
   */
  lag(): ReadonlyMap<string, number>;
}

const COMMIT_DELAY_MS = 500;
const LAST_COMMIT_TIMEOUT_MS = 3_000;

export function createTaskConsumer({ groupId = 'executors', ...options }: TaskConsumerOptions): TaskConsumer {
  const { logger } = options;
  const offsets = new OffsetTracker();
  const pausedLanes = new Set<Lane>();
  const sessions = new SessionKeeper({
    open: () => new ConsumerSession({ ...options, groupId, offsets, pausedLanes, onBatch }),
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
    const fresh = new Set(
      tracker.arrive(
        messages.map(({ offset }) => Number(offset)),
        Number(batch.lastOffset()) + 1,
      ),
    );
    const doorbells: Doorbell[] = [];
    for (const message of messages) {
      const { offset: position, value, headers } = message;
      const offset = Number(position);
      if (!fresh.has(offset)) continue;
      const acknowledge = () => {
        tracker.acknowledge(offset);
        commitSoon();
      };
      const decoded = asUnreadableBatch(message) ?? decodeTasksReady(value);
      if ('taskIds' in decoded) {
        const traceparent = decodeTraceparent(headers?.[TRACEPARENT]);
        // The message is done with when all of its tasks are.
        const open = new Set(decoded.taskIds);
        for (const taskId of open) {
          const answered = () => {
            if (open.delete(taskId) && open.size === 0) acknowledge();
          };
          doorbells.push({ taskId, lane, traceparent, acknowledge: answered });
        }
      } else {
        bury(describeUnreadable({ topic, partition, offset: position }, decoded.unreadable, value));
        acknowledge();
      }
    }
    // Acknowledged while there was no session to commit in; the partition has just been confirmed as ours.
    if (tracker.committable() !== undefined) commitSoon();
    if (doorbells.length === 0) return;
    try {
      options.onDoorbells(doorbells);
    } catch (error) {
      // Thrown at kafkajs it would end the session, and every partition with it.
      logger.error({ err: error }, 'onDoorbells threw; its messages stay unacknowledged');
    }
  }

  function bury(message: UnreadableMessage): void {
    const { value_base64: _, ...fields } = message;
    logger.warn(fields, 'an unreadable message goes to tasks.dead');
    options.producer.publishDead(message);
    options.onUnreadable?.(message);
  }

  /** No timer runs while nothing is acknowledged. */
  function commitSoon(): void {
    if (sessions.stopping) return;
    commitTimer ??= setTimeout(() => void commit(), COMMIT_DELAY_MS);
  }

  async function commit(): Promise<void> {
    clearTimeout(commitTimer);
    commitTimer = undefined;
    await sessions.session?.commit().catch((error: Error) => {
      // In the midst of a rebalance or an outage; what it was about is committed later, or comes again.
      logger.debug({ error: error.message }, 'could not commit offsets');
      commitSoon();
    });
  }

  return {
    start: () => sessions.start(),
    stopFetching() {
      fetching = false;
      for (const lane of LANES) {
        pausedLanes.add(lane);
        sessions.session?.pause(lane);
      }
    },
    async stop() {
      this.stopFetching();
      await sessions.stop();
      await Promise.race([commit(), Bun.sleep(LAST_COMMIT_TIMEOUT_MS)]);
      await sessions.close();
    },
    pause(lane) {
      pausedLanes.add(lane);
      sessions.session?.pause(lane);
    },
    resume(lane) {
      if (!fetching) return;
      pausedLanes.delete(lane);
      sessions.session?.resume(lane);
    },
    health: () => ({
      ...sessions.health(),
      joiningForMs: sessions.session?.joiningForMs,
      assignedPartitions: sessions.session?.joined ? offsets.assigned : 0,
    }),
    lag: () => (sessions.session?.joined ? offsets.lag() : new Map()),
  };
}
