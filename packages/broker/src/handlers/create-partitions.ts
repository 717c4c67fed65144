import type { BrokerContext, Handler } from '../server/context.ts';
import { decodeCreatePartitionsRequest, encodeCreatePartitionsResponse } from '../wire/create-partitions.ts';
import type { TopicOutcome } from '../wire/create-topics.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { PARTITIONS_MAX } from './create-topics.ts';
import { inTurn } from './in-turn.ts';
import { STORAGE_MESSAGE, tryStoring } from './try-storing.ts';

export const handleCreatePartitions: Handler = async (broker, reader, _version, client) => {
  const { topics, validateOnly } = decodeCreatePartitionsRequest(reader);
  const outcomes = await inTurn(topics, client, ({ name, partitionCount }) =>
    grow(broker, name, partitionCount, validateOnly),
  );
  return (writer) => encodeCreatePartitionsResponse(writer, outcomes);
};

function grow(broker: BrokerContext, name: string, count: number, validateOnly: boolean): TopicOutcome {
  const topic = broker.topics.get(name);
  if (topic === undefined) {
    return { name, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message: `there is no topic "${name}"` };
  }
  const present = topic.partitions.length;
  if (count <= present || count > PARTITIONS_MAX) {
    const message = `the topic has ${present} partitions: give more, up to ${PARTITIONS_MAX}`;
    return { name, error: ErrorCode.INVALID_PARTITIONS, message };
  }
  if (validateOnly) return { name, error: ErrorCode.NONE, message: null };
  const error = tryStoring(broker, { topic: name }, () => broker.topics.addPartitions(topic, count));
  return { name, error, message: error === ErrorCode.NONE ? null : STORAGE_MESSAGE };
}
