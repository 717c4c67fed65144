import type { BrokerContext, Handler } from '../server/context.ts';
import { InvalidConfig, parseConfigs } from '../topics/topic-config.ts';
import { topicNameProblem } from '../topics/topic-name.ts';
import {
  type CreatableTopic,
  decodeCreateTopicsRequest,
  encodeCreateTopicsResponse,
  type TopicOutcome,
} from '../wire/create-topics.ts';
import { ErrorCode } from '../wire/error-codes.ts';

export const PARTITIONS_MAX = 10_000;

export const handleCreateTopics: Handler = (broker, reader, version) => {
  const { topics, validateOnly } = decodeCreateTopicsRequest(reader, version);
  const names = topics.map((topic) => topic.name);
  const outcomes = topics.map((topic) => {
    const repeated = names.filter((name) => name === topic.name).length > 1;
    if (!repeated) return create(broker, topic, validateOnly);
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
    return refuse(ErrorCode.TOPIC_ALREADY_EXISTS, `topic "${name}" exists already`);
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
  try {
    const config = parseConfigs(topic.configs);
    if (!validateOnly) broker.topics.create(name, partitionCount, config);
  } catch (error) {
    if (error instanceof InvalidConfig) return refuse(ErrorCode.INVALID_CONFIG, error.message);
    throw error;
  }
  return { name, error: ErrorCode.NONE, message: null };
}
