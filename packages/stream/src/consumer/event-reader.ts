import type { TaskEvent } from '@millrace/contracts';
import type { EachBatchPayload } from 'kafkajs';
import type { ClientOptions } from '../connection/kafka-client.ts';
import { asUnreadableBatch, decodeTaskEvents } from '../message-codec.ts';
import { TASK_EVENTS } from '../topics.ts';
import { GroupSession } from './group-session.ts';
import { SessionKeeper } from './session-keeper.ts';

export interface EventReaderOptions extends ClientOptions {
  /**
   * Called with events of one partition, in order: a task's events are all in one, but for statuses of tasks of which nothing else is
   * told. Must not wait for anything.
   */
  onEvents(events: TaskEvent[]): void;
  /**
   * Events may have been missed until now, and are heard from now on: at the start, after an outage, after a rebalance. Several
   * times where there are several brokers.
   */
  onGap(): void;
}

export interface EventReaderHealth {
  /** It listens, and the broker answered within the last ten seconds. */
  connected: boolean;
  /** When the broker last answered a poll, by `performance.now()`; `null` before the first. */
  lastFetchAt: number | null;
  /** Messages that nobody could read, since the start. */
  skipped: number;
}

export interface EventReader {
  /** Returns at once; with the broker out of reach it keeps trying. */
  start(): void;
  stop(): Promise<void>;
  health(): EventReaderHealth;
}

const PARTITION_BYTES_MAX = 262_144;
const RESPONSE_BYTES_MAX = 4_194_304;

/**
 * Hears every event of every task from the present on. Each reader has a group of its own, commits nothing and remembers nothing:
 * what happened while it did not listen is for Postgres to tell.
 */
export function createEventReader(options: EventReaderOptions): EventReader {
  const { logger } = options;
  let skipped = 0;
  const sessions = new SessionKeeper({
    open: () =>
      new GroupSession(
        {
          ...options,
          // A new one each time: nothing of an earlier membership has to time out first.
          groupId: `events-${Bun.randomUUIDv7()}`,
          topics: [TASK_EVENTS],
          fromBeginning: false,
          partitionBytesMax: PARTITION_BYTES_MAX,
          responseBytesMax: RESPONSE_BYTES_MAX,
        },
        { onBatch, onEndsKnown: () => guard('onGap', () => options.onGap()) },
      ),
    name: 'event reader',
    logger,
  });

  function onBatch({ batch, resolveOffset }: EachBatchPayload): void {
    const events: TaskEvent[] = [];
    for (const message of batch.messages) {
      const { offset, value } = message;
      const decoded = asUnreadableBatch(message) ?? decodeTaskEvents(value);
      if ('events' in decoded) events.push(...decoded.events);
      else skip(batch.partition, offset, decoded.unreadable);
    }
    if (events.length > 0) guard('onEvents', () => options.onEvents(events));
    resolveOffset(batch.lastOffset());
  }

  /** Said once: whoever writes there what is none can write a lot of it. */
  function skip(partition: number, offset: string, reason: string): void {
    if (skipped++ > 0) return;
    const fields = { topic: TASK_EVENTS, partition, offset, reason };
    logger.warn(fields, 'an unreadable event was skipped; others after it are skipped without a word');
  }

  /** Thrown at kafkajs it would end the session. */
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
