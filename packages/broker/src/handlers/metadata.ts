import { type BrokerContext, NODE_ID } from '../server/context.ts';
import { PARTITIONS_DEFAULT } from '../topics/topic-config.ts';
import { topicNameProblem } from '../topics/topic-name.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { type MetadataTopic, metadata } from '../wire/metadata.ts';
import { answer } from './answer.ts';
import { attempt } from './attempt.ts';
import { inTurn } from './in-turn.ts';

/** Metadata. Asking for an unknown topic creates it, if both the broker and the request allow that. */
export const handleMetadata = answer(metadata, async (broker, request, client) => {
  const names = new Set(request.topics ?? broker.topics.all().map((topic) => topic.name));
  // Where all topics are requested, one that is deleted meanwhile must not be created again.
  const mayCreate = request.topics !== null && request.allowAutoCreate;
  const topics = await inTurn(names, client, (name) => describe(broker, name, mayCreate));
  return { nodeId: NODE_ID, ...broker.advertised, clusterId: broker.clusterId, topics };
});

function describe(broker: BrokerContext, name: string, allowAutoCreate: boolean): MetadataTopic {
  const existing = broker.topics.get(name);
  if (existing !== undefined) return { error: 0, name, partitionCount: existing.partitions.length };
  if (topicNameProblem(name) !== undefined) {
    return { error: ErrorCode.INVALID_TOPIC_EXCEPTION, name, partitionCount: 0 };
  }
  if (!broker.settings.autoCreateTopics || !allowAutoCreate) {
    return { error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, partitionCount: 0 };
  }
  const { error } = attempt(broker, { topic: name }, () => broker.topics.create(name, PARTITIONS_DEFAULT));
  return { error, name, partitionCount: error === ErrorCode.NONE ? PARTITIONS_DEFAULT : 0 };
}
