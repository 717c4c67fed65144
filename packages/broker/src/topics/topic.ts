import { join } from 'node:path';
import type { LogSettings } from '../log/partition-log.ts';
import type { SegmentFiles } from '../log/segment.ts';
import { Partition } from './partition.ts';
import type { TopicConfig } from './topic-config.ts';

export class Topic {
  readonly name: string;
  readonly directory: string;
  readonly partitions: Partition[] = [];
  readonly #defaults: TopicConfig;
  readonly #shared: SegmentFiles;
  /** This topic's overrides of the defaults. */
  ownConfig: Partial<TopicConfig>;
  config: TopicConfig;

  constructor(
    name: string,
    directory: string,
    own: Partial<TopicConfig>,
    defaults: TopicConfig,
    shared: SegmentFiles,
  ) {
    this.name = name;
    this.directory = directory;
    this.#defaults = defaults;
    this.#shared = shared;
    this.ownConfig = own;
    this.config = { ...defaults, ...own };
  }

  reconfigure(own: Partial<TopicConfig>): void {
    this.ownConfig = own;
    this.config = { ...this.#defaults, ...own };
    for (const partition of this.partitions) partition.log.settings = this.#logSettings();
  }

  #logSettings(): LogSettings {
    const { config } = this;
    return {
      segmentBytes: config['segment.bytes'],
      retentionMs: config['retention.ms'],
      retentionBytes: config['retention.bytes'],
    };
  }

  /** Adds partitions up to `count`; nothing touches the disk until they get records. */
  growTo(count: number): Partition[] {
    const settings = this.#logSettings();
    const added: Partition[] = [];
    for (let index = this.partitions.length; index < count; index++) {
      const directory = join(this.directory, String(index));
      const partition = new Partition(directory, settings, this.#shared);
      this.partitions.push(partition);
      added.push(partition);
    }
    return added;
  }
}
