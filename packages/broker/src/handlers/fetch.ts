import type { BrokerContext, Encode, Handler } from '../server/context.ts';
import type { Partition } from '../topics/partition.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  decodeFetchRequest,
  encodeFetchedPartition,
  encodeFetchHeader,
  type FetchPartition,
  type FetchRequest,
} from '../wire/fetch.ts';
import type { Writer } from '../wire/writer.ts';

/**
 * Fetch. Answers at once if there is an error to tell or enough to read; otherwise the request is parked until
 * enough was appended, its time is up, or another request waits behind it on the connection.
 */
export const handleFetch: Handler = (broker, reader, version, client) => {
  const request = decodeFetchRequest(reader, version);
  if (request.sessionId !== 0) {
    return (writer) => {
      encodeFetchHeader(writer, version, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
      writer.arrayLength(0);
    };
  }
  const encode: Encode = (writer) => writeFetchResponse(writer, version, broker, request);
  const missingBytes = countMissing(broker, request);
  if (missingBytes <= 0 || request.waitMsMax <= 0) return encode;
  return new Promise<Encode>((resolve) => {
    const partitions = watchedPartitions(broker, request);
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
    const timer = setTimeout(wake, request.waitMsMax);
    for (const partition of partitions) partition.watchers.add(watcher);
    client.onDisconnect(wake);
    client.onOvertaken(wake);
  });
};

/** How many bytes must still come before the request is answered; 0 or less means now. */
function countMissing(broker: BrokerContext, request: FetchRequest): number {
  let missing = Math.min(Math.max(request.bytesMin, 0), request.bytesMax);
  if (request.topics.length === 0) return 0;
  for (const topic of request.topics) {
    for (const asked of topic.partitions) {
      const partition = broker.topics.partition(topic.name, asked.index);
      if (partition === undefined || checkOffset(partition, asked.offset) !== ErrorCode.NONE) return 0;
      missing -= Math.min(partition.log.bytesFrom(asked.offset), Math.max(asked.bytesMax, 1));
    }
  }
  return missing;
}

function watchedPartitions(broker: BrokerContext, request: FetchRequest): Partition[] {
  return request.topics.flatMap((topic) =>
    topic.partitions.flatMap(({ index }) => broker.topics.partition(topic.name, index) ?? []),
  );
}

function checkOffset({ log }: Partition, offset: number): ErrorCode {
  const inRange = offset >= log.startOffset && offset <= log.endOffset;
  return inRange ? ErrorCode.NONE : ErrorCode.OFFSET_OUT_OF_RANGE;
}

/** What slow readers may hold together, and what each fetch may still read when they do. */
const UNSENT_BYTES_MAX = 32 * 1024 * 1024;
const RESPONSE_BYTES_MIN = 64 * 1024;

/** The more responses wait to be taken, the smaller the next ones: many slow readers cost no more than some. */
function responseBytesMax({ settings, unsent }: BrokerContext): number {
  const share = (UNSENT_BYTES_MAX - unsent.bytes) >> 2;
  return Math.min(settings.fetchBytesMax, Math.max(share, RESPONSE_BYTES_MIN));
}

let rotation = 0;

function writeFetchResponse(
  writer: Writer,
  version: number,
  broker: BrokerContext,
  request: FetchRequest,
): void {
  encodeFetchHeader(writer, version, ErrorCode.NONE);
  // Who comes first gets the space, so it is somebody else each time.
  rotation++;
  let left = Math.min(Math.max(request.bytesMax, 0), responseBytesMax(broker));
  let isEmpty = true;
  writer.array(rotate(request.topics, rotation), (topic) => {
    writer.string(topic.name);
    writer.array(rotate(topic.partitions, rotation), (asked) => {
      const partition = broker.topics.partition(topic.name, asked.index);
      const written = writePartition(writer, version, partition, asked, left, isEmpty);
      left -= written;
      if (written > 0) isEmpty = false;
    });
  });
}

function writePartition(
  writer: Writer,
  version: number,
  partition: Partition | undefined,
  asked: FetchPartition,
  bytesLeft: number,
  mayExceed: boolean,
): number {
  const { index, offset } = asked;
  if (partition === undefined) {
    const error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const unknown = { index, error, highWatermark: -1, logStartOffset: -1 };
    encodeFetchedPartition(writer, version, unknown, () => {});
    return 0;
  }
  const { log } = partition;
  const error = checkOffset(partition, offset);
  const state = { index, error, highWatermark: log.endOffset, logStartOffset: log.startOffset };
  let written = 0;
  encodeFetchedPartition(writer, version, state, () => {
    if (error !== ErrorCode.NONE || (bytesLeft <= 0 && !mayExceed)) return;
    const bytesMax = Math.min(bytesLeft, Math.max(asked.bytesMax, 0));
    written = log.read(writer, offset, bytesMax, mayExceed);
  });
  return written;
}

function rotate<T>(values: T[], by: number): T[] {
  if (values.length < 2) return values;
  const from = by % values.length;
  return [...values.slice(from), ...values.slice(0, from)];
}
