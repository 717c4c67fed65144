import type { ByTopic } from '../wire/by-topic.ts';
import type { FetchPartition, PartitionState } from '../wire/fetch.ts';

type Followed = { asked: FetchPartition; told: PartitionState | undefined };

const EPOCH_MAX = 2 ** 31 - 1;

/** The partitions that a consumer follows, so that a fetch and its response name only what changed (KIP-227). */
export class FetchSession {
  readonly id: number;
  /** Expected next: a session that missed one cannot continue. */
  epoch = 1;
  readonly #topics = new Map<string, Map<number, Followed>>();
  #list: ByTopic<FetchPartition> | undefined;

  constructor(id: number, topics: ByTopic<FetchPartition>) {
    this.id = id;
    this.follow(topics, []);
  }

  advance(): void {
    this.epoch = this.epoch === EPOCH_MAX ? 1 : this.epoch + 1;
  }

  /** Adds partitions or moves them to another offset, and drops the forgotten ones. */
  follow(topics: ByTopic<FetchPartition>, forgotten: ByTopic<number>): void {
    for (const { name, partitions } of topics) {
      for (const asked of partitions) this.#followPartition(name, asked);
    }
    for (const { name, partitions } of forgotten) {
      const followed = this.#topics.get(name);
      for (const index of partitions) followed?.delete(index);
      if (followed?.size === 0) this.#topics.delete(name);
      this.#list = undefined;
    }
  }

  #followPartition(topic: string, asked: FetchPartition): void {
    const partitions = this.#topics.get(topic) ?? new Map<number, Followed>();
    this.#topics.set(topic, partitions);
    const followed = partitions.get(asked.index);
    if (followed) Object.assign(followed.asked, asked);
    else {
      partitions.set(asked.index, { asked, told: undefined });
      this.#list = undefined;
    }
  }

  /** How many partitions it follows. */
  get size(): number {
    return [...this.#topics.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get topics(): ByTopic<FetchPartition> {
    this.#list ??= [...this.#topics].map(([name, partitions]) => ({
      name,
      partitions: [...partitions.values()].map(({ asked }) => asked),
    }));
    return this.#list;
  }

  /** Whether the client must be told; marks the state as told. */
  isNews(topic: string, index: number, state: PartitionState): boolean {
    const followed = this.#topics.get(topic)!.get(index)!;
    const { told } = followed;
    followed.told = state;
    return (
      state.error !== 0 ||
      told?.highWatermark !== state.highWatermark ||
      told.logStartOffset !== state.logStartOffset
    );
  }
}
