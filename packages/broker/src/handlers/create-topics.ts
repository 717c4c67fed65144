import type { BrokerContext, Handler } from '../server/context.ts';
import { InvalidConfig, parseConfigs, type TopicConfig } from '../topics/topic-config.ts';
import { topicNameProblem } from '../topics/topic-name.ts';
import {
  type CreatableTopic,
  decodeCreateTopicsRequest,
  encodeCreateTopicsResponse,
  type TopicOutcome,
} from '../wire/create-topics.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { inTurn } from './in-turn.ts';
import { STORAGE_MESSAGE, tryStoring } from './try-storing.ts';

export const PARTITIONS_MAX = 10_000;

export const handleCreateTopics: Handler = async (broker, reader, version, client) => {
  const { topics, validateOnly } = decodeCreateTopicsRequest(reader, version);
  const byName = Map.groupBy(topics, ({ name }) => name);
  const outcomes = await inTurn(topics, client, (topic) => {
    if (byName.get(topic.name)!.length === 1) return create(broker, topic, validateOnly);
    const message = 'the request names this topic more than once';
    return { name: topic.name, error: ErrorCode.INVALID_REQUEST, message };
  });
  return (writer) => encodeCreateTopicsResponse(writer, version, outcomes);
};

function create(broker: BrokerContext, topic: CreatableTopic, validateOnly: boolean): TopicOutcome {
  const { name } = topic;
  const refuse = (error: ErrorCode, message: string) => ({ name, error, message });
  const nameProblem = topicNameProblem(name);
  if (nameProblem !== undefined) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, nameProblem);
  if (broker.topics.get(name))
    return refuse(ErrorCode.TOPIC_ALREADY_EXISTS, `topic "${name}" already exists`);
  if (topic.assignments.length > 0 && topic.partitionCount !== -1) {
    return refuse(ErrorCode.INVALID_REQUEST, 'give either a partition count or assignments');
  }
  const asked = topic.assignments.length || topic.partitionCount;
  const partitionCount = asked === -1 ? broker.settings.partitions : asked;
  if (partitionCount < 1 || partitionCount > PARTITIONS_MAX) {
    return refuse(ErrorCode.INVALID_PARTITIONS, `partition count must be from 1 to ${PARTITIONS_MAX}`);
  }
  if (topic.replicationFactor !== 1 && topic.replicationFactor !== -1) {
    return refuse(ErrorCode.INVALID_REPLICATION_FACTOR, 'there is one broker: replication factor must be 1');
  }
  let config: Partial<TopicConfig>;
  try {
    config = parseConfigs(topic.configs);
  } catch (error) {
    if (error instanceof InvalidConfig) return refuse(ErrorCode.INVALID_CONFIG, error.message);
    throw error;
  }
  if (validateOnly) return { name, error: ErrorCode.NONE, message: null };
  const error = tryStoring(broker, { topic: name }, () => broker.topics.create(name, partitionCount, config));
  return { name, error, message: error === ErrorCode.NONE ? null : STORAGE_MESSAGE };
}
