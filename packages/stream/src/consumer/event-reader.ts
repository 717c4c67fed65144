import type { TaskEvent } from '@millrace/contracts';
import type { EachBatchPayload } from 'kafkajs';
import type { ClientOptions } from '../connection/kafka-client.ts';
import { decodeTaskEvents } from '../message-codec.ts';
import { TASK_EVENTS } from '../topics.ts';
import { GroupSession } from './group-session.ts';
import { SessionKeeper } from './session-keeper.ts';

export interface EventReaderOptions extends ClientOptions {
  /**
   * Called with events of one partition, in order. A task's events are all in one partition, except statuses
   * of tasks that publish nothing else. Must not block.
   */
  onEvents(events: TaskEvent[]): void;
  /**
   * Called when events may have been missed until now, but are received from now on: at the start, after an
   * outage, after a rebalance; once per broker.
   */
  onGap(): void;
  /**
   * Whether anybody is interested in statuses of tasks that publish nothing else; by default somebody always is.
   * While nobody is, their messages, which have no key, are left unread.
   */
  wantsStatuses?(): boolean;
}

interface EventReaderHealth {
  /** Whether it is listening and the broker answered within the last ten seconds. */
  connected: boolean;
  /** When the broker last answered a poll, by `performance.now()`; null before the first. */
  lastFetchAt: number | null;
  /** Unreadable messages since the start. */
  skipped: number;
}

export interface EventReader {
  /** Returns at once; while the broker is unreachable it keeps trying. */
  start(): void;
  stop(): Promise<void>;
  health(): EventReaderHealth;
}

const PARTITION_BYTES_MAX = 262_144;
const RESPONSE_BYTES_MAX = 4_194_304;

/**
 * Receives every event of every task from now on. Each reader has its own group and commits nothing: what it
 * missed must be read from Postgres.
 */
export function createEventReader(options: EventReaderOptions): EventReader {
  const { logger } = options;
  let skipped = 0;
  const sessions = new SessionKeeper({
    open: () =>
      new GroupSession(
        {
          ...options,
          // New for each session: no earlier membership has to time out first.
          groupId: `events-${Bun.randomUUIDv7()}`,
          topics: [TASK_EVENTS],
          fromBeginning: false,
          partitionBytesMax: PARTITION_BYTES_MAX,
          responseBytesMax: RESPONSE_BYTES_MAX,
        },
        {
          onBatch,
          onJoin: () => logger.info({}, 'the event reader joined its group'),
          onEndsKnown: () => guard('onGap', () => options.onGap()),
        },
      ),
    name: 'event reader',
    logger,
  });

  function onBatch(batch: EachBatchPayload['batch']): void {
    const events: TaskEvent[] = [];
    for (const message of batch.messages) {
      if (message.key === null && options.wantsStatuses?.() === false) continue;
      const decoded = decodeTaskEvents(message);
      if ('events' in decoded) events.push(...decoded.events);
      else skip(batch.partition, message.offset, decoded.unreadable);
    }
    if (events.length > 0) guard('onEvents', () => options.onEvents(events));
  }

  /** Logged once: a faulty writer may write a lot of these. */
  function skip(partition: number, offset: string, reason: string): void {
    if (skipped++ > 0) return;
    const fields = { topic: TASK_EVENTS, partition, offset, reason };
    logger.warn(fields, 'skipped an unreadable event; further ones are skipped silently');
  }

  /** An error thrown into kafkajs would end the session. */
  function guard(name: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      logger.error({ err: error }, `${name} threw`);
    }
  }

  return {
    start: () => sessions.start(),
    async stop() {
      await sessions.stop();
      await sessions.close();
    },
    health: () => ({ ...sessions.health(), skipped }),
  };
}
