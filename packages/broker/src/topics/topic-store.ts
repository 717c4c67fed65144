import { closeSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentFiles } from '../log/segment.ts';
import type { Logger } from '../logger.ts';
import { BackgroundWork } from '../storage/background-work.ts';
import { readJson, replaceFile } from '../storage/durable-file.ts';
import { LruCache } from '../storage/lru-cache.ts';
import type { Partition } from './partition.ts';
import { Topic } from './topic.ts';
import type { TopicConfig } from './topic-config.ts';

/** What they cost at most is 2 MB. */
const INDEXES_MAX = 128;

type TopicFile = { partitions: number; config: Partial<TopicConfig> };

/**
 * All topics, on disk as
 *   topics/<name>/topic.json                      partition count and settings
 *   topics/<name>/<partition>/<first offset>.log  records, with a .checkpoint beside each closed segment
 *   trash/                                        topics that are being deleted
 */
export class TopicStore {
  readonly #topicsDirectory: string;
  readonly #trashDirectory: string;
  readonly #logger: Logger;
  readonly #topics = new Map<string, Topic>();
  readonly #shared: SegmentFiles;

  constructor(dataDirectory: string, filesMax: number, logger: Logger) {
    this.#topicsDirectory = join(dataDirectory, 'topics');
    this.#trashDirectory = join(dataDirectory, 'trash');
    this.#logger = logger;
    this.#shared = {
      descriptors: new LruCache(filesMax, closeSync),
      indexes: new LruCache(INDEXES_MAX),
      background: new BackgroundWork((error, path) =>
        logger('error', 'storage failed', { path, error: String(error) }),
      ),
    };
    rmSync(this.#trashDirectory, { recursive: true, force: true });
    mkdirSync(this.#topicsDirectory, { recursive: true });
    for (const name of readdirSync(this.#topicsDirectory)) this.#open(name);
  }

  #open(name: string): void {
    const file = readJson(this.#filePath(name)) as TopicFile | undefined;
    if (!Number.isInteger(file?.partitions)) {
      this.#logger('warn', 'ignored a folder without a readable topic.json', { topic: name });
      return;
    }
    const topic = this.#topic(name, file!.config ?? {});
    this.#topics.set(name, topic);
    topic.growTo(file!.partitions);
    for (const [index, partition] of topic.partitions.entries()) {
      const { cutBytes, droppedSegments } = partition.log.recover();
      if (cutBytes === 0 && droppedSegments === 0) continue;
      this.#logger('warn', 'truncated a damaged log', {
        topic: name,
        partition: index,
        cutBytes,
        droppedSegments,
      });
    }
  }

  #topic(name: string, config: Partial<TopicConfig>): Topic {
    return new Topic(name, join(this.#topicsDirectory, name), config, this.#shared);
  }

  #filePath(name: string): string {
    return join(this.#topicsDirectory, name, 'topic.json');
  }

  /** Call before changing memory: a topic whose file could not be written would accept records, and lose them. */
  #save({ name, directory }: Topic, partitions: number, config: Partial<TopicConfig>): void {
    mkdirSync(directory, { recursive: true });
    replaceFile(this.#filePath(name), `${JSON.stringify({ partitions, config } satisfies TopicFile)}\n`);
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  partition(name: string, index: number): Partition | undefined {
    return this.#topics.get(name)?.partitions[index];
  }

  all(): Topic[] {
    return [...this.#topics.values()];
  }

  /** The name must be valid and free. */
  create(name: string, partitionCount: number, config: Partial<TopicConfig> = {}): Topic {
    const topic = this.#topic(name, config);
    // Of an ignored folder: its records would come back after a kill.
    rmSync(topic.directory, { recursive: true, force: true });
    this.#save(topic, partitionCount, config);
    topic.growTo(partitionCount);
    this.#topics.set(name, topic);
    this.#logger('info', 'created topic', { topic: name, partitions: partitionCount });
    return topic;
  }

  addPartitions(topic: Topic, count: number): void {
    this.#save(topic, count, topic.ownConfig);
    topic.growTo(count);
  }

  reconfigure(topic: Topic, config: Partial<TopicConfig>): void {
    this.#save(topic, topic.partitions.length, config);
    topic.reconfigure(config);
  }

  /** Renames first, so that a kill in the middle leaves the topic whole or gone. */
  delete(topic: Topic): void {
    mkdirSync(this.#trashDirectory, { recursive: true });
    const trash = join(this.#trashDirectory, crypto.randomUUID());
    renameSync(topic.directory, trash);
    this.#topics.delete(topic.name);
    for (const partition of topic.partitions) partition.remove();
    rmSync(trash, { recursive: true, force: true });
    this.#logger('info', 'deleted topic', { topic: topic.name });
  }

  /** fsyncs and checkpoints all partitions, and closes the files. */
  async close(): Promise<void> {
    await this.#shared.background.finished();
    for (const topic of this.#topics.values()) {
      for (const [index, partition] of topic.partitions.entries()) {
        try {
          partition.log.flush();
        } catch (error) {
          // The next start verifies what could not be flushed; flush the rest.
          this.#logger('error', 'flush failed', {
            topic: topic.name,
            partition: index,
            error: String(error),
          });
        }
      }
    }
    this.#shared.descriptors.clear();
  }
}
