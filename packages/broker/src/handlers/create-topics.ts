import type { BrokerContext } from '../server/context.ts';
import { PARTITIONS_DEFAULT, parseConfigs } from '../topics/topic-config.ts';
import { topicNameProblem } from '../topics/topic-name.ts';
import { type CreatableTopic, createTopics } from '../wire/create-topics.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';
import { answer } from './answer.ts';
import { attempt } from './attempt.ts';
import { inTurn } from './in-turn.ts';

export const PARTITIONS_MAX = 10_000;

export const handleCreateTopics = answer(createTopics, (broker, { topics, validateOnly }, client) => {
  const byName = Map.groupBy(topics, ({ name }) => name);
  return inTurn(topics, client, (topic) => {
    const { name } = topic;
    const outcome = attempt(broker, { topic: name }, () => {
      if (byName.get(name)!.length > 1) {
        throw new Refusal(ErrorCode.INVALID_REQUEST, 'the request names this topic more than once');
      }
      create(broker, topic, validateOnly);
    });
    return { name, ...outcome };
  });
});

function create(broker: BrokerContext, topic: CreatableTopic, validateOnly: boolean): void {
  const { name } = topic;
  const nameProblem = topicNameProblem(name);
  if (nameProblem !== undefined) throw new Refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, nameProblem);
  if (broker.topics.get(name)) {
    throw new Refusal(ErrorCode.TOPIC_ALREADY_EXISTS, `topic "${name}" already exists`);
  }
  if (topic.assignments.length > 0 && topic.partitionCount !== -1) {
    throw new Refusal(ErrorCode.INVALID_REQUEST, 'give either a partition count or assignments');
  }
  const asked = topic.assignments.length || topic.partitionCount;
  const partitionCount = asked === -1 ? PARTITIONS_DEFAULT : asked;
  if (partitionCount < 1 || partitionCount > PARTITIONS_MAX) {
    throw new Refusal(ErrorCode.INVALID_PARTITIONS, `partition count must be from 1 to ${PARTITIONS_MAX}`);
  }
  if (topic.replicationFactor !== 1 && topic.replicationFactor !== -1) {
    const message = 'there is one broker: replication factor must be 1';
    throw new Refusal(ErrorCode.INVALID_REPLICATION_FACTOR, message);
  }
  const config = parseConfigs(topic.configs);
  if (!validateOnly) broker.topics.create(name, partitionCount, config);
}
