import type { Handler } from '../server/context.ts';
import { decodeDeleteTopicsRequest, encodeDeleteTopicsResponse } from '../wire/delete-topics.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { inTurn } from './in-turn.ts';
import { tryStoring } from './try-storing.ts';

/** DeleteTopics: deletes their records and committed offsets. */
export const handleDeleteTopics: Handler = async (broker, reader, version, client) => {
  const outcomes = await inTurn(decodeDeleteTopicsRequest(reader), client, (name) => {
    const topic = broker.topics.get(name);
    if (topic === undefined) return { name, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message: null };
    const error = tryStoring(broker, { topic: name }, () => {
      broker.topics.delete(topic);
      broker.groups.offsets.deleteTopic(name);
    });
    return { name, error, message: null };
  });
  return (writer) => encodeDeleteTopicsResponse(writer, version, outcomes);
};
