import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** What concerns partitions is grouped by their topic:  [name string | partitions [ … ]] */
export type ByTopic<Partition> = { name: string; partitions: Partition[] }[];

export function readByTopic<Partition>(
  reader: Reader,
  readPartition: (reader: Reader) => Partition,
): ByTopic<Partition> {
  return reader.array((r) => ({ name: r.string(), partitions: r.array(readPartition) }));
}

export function writeByTopic<Partition>(
  writer: Writer,
  topics: ByTopic<Partition>,
  writePartition: (partition: Partition) => void,
): void {
  writer.array(topics, ({ name, partitions }) => {
    writer.string(name);
    writer.array(partitions, writePartition);
  });
}

/** The answer to each partition of a request. */
export function mapPartitions<Asked, Answer>(
  topics: ByTopic<Asked>,
  answer: (topic: string, asked: Asked) => Answer,
): ByTopic<Answer> {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((asked) => answer(name, asked)),
  }));
}
