import type { Logger } from '../logger.ts';
import type { Partition } from './partition.ts';
import type { TopicStore } from './topic-store.ts';

const INTERVAL_MS = 10_000;

/** Deletes segments by age. (Retention by size needs no timer: it is applied whenever a segment is closed.) */
export class Retention {
  readonly #topics: TopicStore;
  readonly #logger: Logger;
  readonly #timer = setInterval(() => this.sweep(), INTERVAL_MS);

  constructor(topics: TopicStore, logger: Logger) {
    this.#topics = topics;
    this.#logger = logger;
  }

  sweep(): void {
    for (const topic of this.#topics.all()) {
      for (const [index, partition] of topic.partitions.entries()) {
        this.#apply(topic.name, index, partition);
      }
    }
  }

  #apply(topic: string, index: number, { log }: Partition): void {
    try {
      const segments = log.applyRetention(Date.now());
      if (segments > 0) {
        const { startOffset } = log;
        this.#logger('info', 'deleted old segments', { topic, partition: index, segments, startOffset });
      }
    } catch (error) {
      this.#logger('error', 'retention failed', { topic, partition: index, error: String(error) });
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
