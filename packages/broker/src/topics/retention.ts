import type { Logger } from '../logger.ts';
import type { Partition } from './partition.ts';
import type { TopicStore } from './topic-store.ts';

const DELAY_MS_MIN = 10_000;
const DELAY_MS_MAX = 60 * 60 * 1000;

/**
 * Deletes segments by age with one timer, set for when the oldest is due; without records there is no timer.
 * (Retention by size needs none: it is applied whenever a segment is closed.)
 */
export class Retention {
  readonly #topics: TopicStore;
  readonly #logger: Logger;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;

  constructor(topics: TopicStore, logger: Logger) {
    this.#topics = topics;
    this.#logger = logger;
  }

  /** Applies retention now and sets the timer; call it on start and when settings change. */
  sweep(): void {
    this.stop();
    for (const topic of this.#topics.all()) {
      for (const [index, partition] of topic.partitions.entries()) {
        this.#apply(topic.name, index, partition);
      }
    }
  }

  #apply(topic: string, index: number, partition: Partition): void {
    const { log } = partition;
    try {
      const segments = log.applyRetention(Date.now());
      if (segments > 0) {
        const { startOffset } = log;
        this.#logger('info', 'deleted old segments', { topic, partition: index, segments, startOffset });
      }
    } catch (error) {
      this.#logger('error', 'retention failed', { topic, partition: index, error: String(error) });
    }
    this.expect(log.expiresAtMs);
  }

  /** Schedules the next sweep for this time, unless one is due earlier. */
  expect(expiresAtMs: number | undefined): void {
    if (expiresAtMs === undefined || expiresAtMs >= this.#dueAtMs) return;
    clearTimeout(this.#timer);
    this.#dueAtMs = expiresAtMs;
    const delayMs = expiresAtMs - Date.now() + 1;
    const bounded = Math.min(Math.max(delayMs, DELAY_MS_MIN), DELAY_MS_MAX);
    this.#timer = setTimeout(() => this.sweep(), bounded);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }
}
