import type { BrokerContext, Encode, Handler } from '../server/context.ts';
import type { FetchSession } from '../sessions/fetch-session.ts';
import type { Partition } from '../topics/partition.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  decodeFetchRequest,
  encodeFetchError,
  encodeFetchedPartition,
  encodeFetchHeader,
  type FetchPartition,
  type FetchRequest,
  type PartitionState,
} from '../wire/fetch.ts';
import type { Writer } from '../wire/writer.ts';

/**
 * Fetch. Answers at once if there is an error to report or enough to read; otherwise parks the request until
 * enough is appended, its time is up, or another request waits behind it on the connection.
 */
export const handleFetch: Handler = (broker, reader, version, client) => {
  const request = decodeFetchRequest(reader, version);
  const session = broker.fetchSessions.enter(request);
  if (typeof session === 'number') return (writer) => encodeFetchError(writer, version, session);
  const fetch: Fetch = { ...request, topics: session?.topics ?? request.topics, session };
  const epoch = session?.epoch;
  const encode: Encode = (writer) => {
    // The session advanced while this fetch was parked: it may no longer follow what this fetch asked for.
    if (session?.epoch !== epoch) encodeFetchError(writer, version, ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    else writeFetchResponse(writer, version, broker, fetch);
  };
  const missingBytes = countMissing(broker, fetch);
  if (missingBytes <= 0 || fetch.waitMsMax <= 0) return encode;
  return new Promise<Encode>((resolve) => {
    const partitions = watchedPartitions(broker, fetch);
    let missing = missingBytes;
    const wake = () => {
      clearTimeout(timer);
      for (const partition of partitions) partition.watchers.delete(watcher);
      resolve(encode);
    };
    const watcher = {
      appended(bytes: number) {
        missing -= bytes;
        if (missing <= 0) wake();
      },
      changed: wake,
    };
    const timer = setTimeout(wake, fetch.waitMsMax);
    for (const partition of partitions) partition.watchers.add(watcher);
    client.onDisconnect(wake);
    client.onOvertaken(wake);
  });
};

/** A request, with all topics of its session. */
type Fetch = Pick<FetchRequest, 'waitMsMax' | 'bytesMin' | 'bytesMax' | 'topics'> & {
  session: FetchSession | undefined;
};

/** How many bytes must be appended before the request is answered; 0 or less means now. */
function countMissing(broker: BrokerContext, { topics, bytesMin, bytesMax }: Fetch): number {
  let missing = Math.min(Math.max(bytesMin, 0), bytesMax);
  if (topics.length === 0) return 0;
  for (const topic of topics) {
    for (const asked of topic.partitions) {
      const partition = broker.topics.partition(topic.name, asked.index);
      if (partition === undefined || checkOffset(partition, asked.offset) !== ErrorCode.NONE) return 0;
      missing -= Math.min(partition.log.bytesFrom(asked.offset), Math.max(asked.bytesMax, 1));
    }
  }
  return missing;
}

function watchedPartitions(broker: BrokerContext, { topics }: Fetch): Partition[] {
  return topics.flatMap((topic) =>
    topic.partitions.flatMap(({ index }) => broker.topics.partition(topic.name, index) ?? []),
  );
}

function checkOffset({ log }: Partition, offset: number): ErrorCode {
  const inRange = offset >= log.startOffset && offset <= log.endOffset;
  return inRange ? ErrorCode.NONE : ErrorCode.OFFSET_OUT_OF_RANGE;
}

/** What slow readers may hold in total, and what each fetch may still read beyond that. */
const UNSENT_BYTES_MAX = 32 * 1024 * 1024;
const RESPONSE_BYTES_MIN = 64 * 1024;

/** The more bytes are unsent, the smaller the next responses: many slow readers cost no more than a few. */
function responseBytesMax({ settings, unsent }: BrokerContext): number {
  const share = (UNSENT_BYTES_MAX - unsent.bytes) >> 2;
  return Math.min(settings.fetchBytesMax, Math.max(share, RESPONSE_BYTES_MIN));
}

let sessionlessFetches = 0;

function writeFetchResponse(writer: Writer, version: number, broker: BrokerContext, fetch: Fetch): void {
  encodeFetchHeader(writer, version, ErrorCode.NONE, fetch.session?.id ?? 0);
  // The first gets the space, so each fetch starts with another.
  const rotation = fetch.session?.epoch ?? sessionlessFetches++;
  let left = Math.min(Math.max(fetch.bytesMax, 0), responseBytesMax(broker));
  let isEmpty = true;
  writer.array(rotate(answeredTopics(broker, fetch), rotation), (topic) => {
    writer.string(topic.name);
    writer.array(rotate(topic.partitions, rotation), ({ partition, asked, state }) => {
      encodeFetchedPartition(writer, version, asked.index, state, () => {
        if (partition === undefined || state.error !== ErrorCode.NONE || (left <= 0 && !isEmpty)) return;
        const bytesMax = Math.min(left, Math.max(asked.bytesMax, 0));
        const written = partition.log.read(writer, asked.offset, bytesMax, isEmpty);
        left -= written;
        if (written > 0) isEmpty = false;
      });
    });
  });
}

type AnsweredPartition = { partition: Partition | undefined; asked: FetchPartition; state: PartitionState };

/** Each partition; in a session, only those with records or news: at its beginning, that is all of them. */
function answeredTopics(broker: BrokerContext, { topics, session }: Fetch) {
  const answered: { name: string; partitions: AnsweredPartition[] }[] = [];
  for (const { name, partitions } of topics) {
    const answers: AnsweredPartition[] = [];
    for (const asked of partitions) {
      const partition = broker.topics.partition(name, asked.index);
      const state = stateOf(partition, asked.offset);
      const isNews = session?.isNews(name, asked.index, state) ?? true;
      if (!isNews && partition!.log.bytesFrom(asked.offset) <= 0) continue;
      answers.push({ partition, asked, state });
    }
    if (answers.length > 0) answered.push({ name, partitions: answers });
  }
  return answered;
}

function stateOf(partition: Partition | undefined, offset: number): PartitionState {
  if (partition === undefined) {
    return { error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, highWatermark: -1, logStartOffset: -1 };
  }
  const { endOffset, startOffset } = partition.log;
  return { error: checkOffset(partition, offset), highWatermark: endOffset, logStartOffset: startOffset };
}

function rotate<T>(values: T[], by: number): T[] {
  if (values.length < 2) return values;
  const from = by % values.length;
  return [...values.slice(from), ...values.slice(0, from)];
}
