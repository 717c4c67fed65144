import { join } from 'node:path';
import type { SegmentFiles } from '../log/segment.ts';
import { Partition } from './partition.ts';
import { TOPIC_DEFAULTS, type TopicConfig } from './topic-config.ts';

export class Topic {
  readonly name: string;
  readonly directory: string;
  readonly partitions: Partition[] = [];
  readonly #shared: SegmentFiles;
  /** This topic's overrides of the defaults. */
  ownConfig: Partial<TopicConfig>;
  /** What applies; the partitions share it. */
  readonly config: TopicConfig;

  constructor(name: string, directory: string, own: Partial<TopicConfig>, shared: SegmentFiles) {
    this.name = name;
    this.directory = directory;
    this.#shared = shared;
    this.ownConfig = own;
    this.config = { ...TOPIC_DEFAULTS, ...own };
  }

  reconfigure(own: Partial<TopicConfig>): void {
    this.ownConfig = own;
    Object.assign(this.config, TOPIC_DEFAULTS, own);
  }

  /** Adds partitions up to `count`; nothing touches the disk until they get records. */
  growTo(count: number): void {
    for (let index = this.partitions.length; index < count; index++) {
      this.partitions.push(new Partition(join(this.directory, String(index)), this.config, this.#shared));
    }
  }
}
