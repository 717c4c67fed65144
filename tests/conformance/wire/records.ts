import {
  type Connection,
  fetchV11,
  listOffsetsV3,
  type MessageRecord,
  NumericMap,
  produceV7,
  type RecordsBatch,
} from '@platformatic/kafka';
import { type Answer, answer } from './connections.ts';

const ACKS_ALL = -1;
const TIMEOUT_MS = 10_000;
const LATEST = -1n;

export interface SequencedProducer {
  producerId: bigint;
  epoch: number;
  firstSequence: number;
}

/** Writes the values as one batch to partition 0. The response is the offset of the first, or -1. */
export async function produceBatch(
  connection: Connection,
  topic: string,
  values: (string | Buffer)[],
  { partition = 0, producer }: { partition?: number; producer?: SequencedProducer } = {},
): Promise<Answer<number>> {
  const records: MessageRecord[] = values.map((value) => ({
    topic,
    partition,
    value: Buffer.from(value as string),
  }));
  const sequences = new NumericMap([[`${topic}:${partition}`, producer?.firstSequence ?? -1]]);
  const options = {
    compression: 'none',
    sequences,
    producerId: producer?.producerId ?? -1n,
    producerEpoch: producer?.epoch ?? -1,
    partitionLeaderEpoch: -1,
  } as const;
  const { response, errors } = await answer(
    produceV7.api.async(connection, ACKS_ALL, TIMEOUT_MS, records, options),
  );
  if (typeof response === 'boolean') {
    throw new Error('Produce with acks was not answered');
  }
  return { response: Number(response.responses[0]?.partitionResponses[0]?.baseOffset), errors };
}

export interface FetchedPartition {
  partition: number;
  highWatermark: number;
  logStartOffset: number;
  batches: RecordsBatch[];
}

export interface FetchRequest {
  topic: string;
  offsets: Record<number, number>;
  maxWaitMs?: number;
  minBytes?: number;
  maxBytes?: number;
  partitionMaxBytes?: number;
}

/** One Fetch without a session. */
export async function fetchOnce(
  connection: Connection,
  request: FetchRequest,
): Promise<Answer<FetchedPartition[]>> {
  const {
    maxWaitMs = 0,
    minBytes = 1,
    maxBytes = 50_000_000,
    partitionMaxBytes = 10_000_000,
    offsets,
  } = request;
  const partitions = Object.entries(offsets).map(([partition, offset]) => ({
    partition: Number(partition),
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes,
  }));
  const topics = [{ topicId: request.topic, partitions }];
  const { response, errors } = await answer(
    fetchV11.api.async(connection, maxWaitMs, minBytes, maxBytes, 0, 0, -1, topics, [], ''),
  );
  const fetched = response.responses
    .flatMap((entry) => entry.partitions)
    .map((entry) => ({
      partition: entry.partitionIndex,
      highWatermark: Number(entry.highWatermark),
      logStartOffset: Number(entry.logStartOffset),
      batches: entry.records ?? [],
    }));
  return { response: fetched, errors };
}

/** The values of the fetched batches with their offsets; the broker returns whole batches. */
export function recordsOf(partition: FetchedPartition | undefined): { offset: number; value: string }[] {
  return (partition?.batches ?? []).flatMap((batch) =>
    batch.records.map((record) => ({
      offset: Number(batch.firstOffset) + record.offsetDelta,
      value: String(record.value),
    })),
  );
}

/** The next offset to be written. */
export async function endOffset(connection: Connection, topic: string, partition = 0): Promise<number> {
  const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: LATEST }];
  const { topics } = await listOffsetsV3.api.async(connection, -1, 0, [{ name: topic, partitions }]);
  return Number(topics[0]?.partitions[0]?.offset);
}
