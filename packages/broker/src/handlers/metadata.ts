import { type BrokerContext, type Handler, NODE_ID } from '../server/context.ts';
import { topicNameProblem } from '../topics/topic-name.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { decodeMetadataRequest, encodeMetadataResponse, type MetadataTopic } from '../wire/metadata.ts';
import { inTurn } from './in-turn.ts';
import { tryStoring } from './try-storing.ts';

/** Metadata. Asking for an unknown topic creates it, if both the broker and the request allow that. */
export const handleMetadata: Handler = async (broker, reader, version, client) => {
  const request = decodeMetadataRequest(reader, version);
  const names = new Set(request.topics ?? broker.topics.all().map((topic) => topic.name));
  // A topic of the list of all may be deleted meanwhile, and is not to come back.
  const mayCreate = request.topics !== null && request.allowAutoCreate;
  const topics = await inTurn(names, client, (name) => describe(broker, name, mayCreate));
  const { host, port } = broker.advertised;
  const response = { nodeId: NODE_ID, host, port, clusterId: broker.clusterId, topics };
  return (writer) => encodeMetadataResponse(writer, version, response);
};

function describe(broker: BrokerContext, name: string, allowAutoCreate: boolean): MetadataTopic {
  const existing = broker.topics.get(name);
  if (existing !== undefined) return { error: 0, name, partitionCount: existing.partitions.length };
  if (topicNameProblem(name) !== undefined) {
    return { error: ErrorCode.INVALID_TOPIC_EXCEPTION, name, partitionCount: 0 };
  }
  const { autoCreateTopics, partitions } = broker.settings;
  if (!autoCreateTopics || !allowAutoCreate) {
    return { error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, partitionCount: 0 };
  }
  const error = tryStoring(broker, { topic: name }, () => broker.topics.create(name, partitions));
  return { error, name, partitionCount: error === ErrorCode.NONE ? partitions : 0 };
}
