import { createPartitions } from '../wire/create-partitions.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';
import { answer } from './answer.ts';
import { attempt, existingTopic } from './attempt.ts';
import { PARTITIONS_MAX } from './create-topics.ts';
import { inTurn } from './in-turn.ts';

export const handleCreatePartitions = answer(createPartitions, (broker, { topics, validateOnly }, client) =>
  inTurn(topics, client, ({ name, partitionCount }) => {
    const outcome = attempt(broker, { topic: name }, () => {
      const topic = existingTopic(broker, name);
      const present = topic.partitions.length;
      if (partitionCount <= present || partitionCount > PARTITIONS_MAX) {
        const message = `the topic has ${present} partitions: give more, up to ${PARTITIONS_MAX}`;
        throw new Refusal(ErrorCode.INVALID_PARTITIONS, message);
      }
      if (!validateOnly) broker.topics.addPartitions(topic, partitionCount);
    });
    return { name, ...outcome };
  }),
);
