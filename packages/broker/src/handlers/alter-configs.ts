import type { BrokerContext, Handler } from '../server/context.ts';
import { InvalidConfig, parseConfigs, type TopicConfig } from '../topics/topic-config.ts';
import {
  type AlteredResource,
  decodeAlterConfigsRequest,
  encodeAlterConfigsResponse,
} from '../wire/alter-configs.ts';
import { RESOURCE_TOPIC } from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { inTurn } from './in-turn.ts';
import { STORAGE_MESSAGE, tryStoring } from './try-storing.ts';

/** AlterConfigs: the request replaces all of a topic's overrides. */
export const handleAlterConfigs: Handler = async (broker, reader, _version, client) => {
  const { resources, validateOnly } = decodeAlterConfigsRequest(reader);
  const outcomes = await inTurn(resources, client, (resource) =>
    alterTopic(broker, resource, validateOnly, () => parseConfigs(resource.changes)),
  );
  return (writer) => encodeAlterConfigsResponse(writer, outcomes);
};

/** @param change maps a topic's overrides to new ones; throws InvalidConfig */
export function alterTopic(
  broker: BrokerContext,
  { type, name }: { type: number; name: string },
  validateOnly: boolean,
  change: (own: Partial<TopicConfig>) => Partial<TopicConfig>,
): AlteredResource {
  const refuse = (error: ErrorCode, message: string) => ({ error, message, type, name });
  if (type !== RESOURCE_TOPIC) {
    return refuse(
      ErrorCode.INVALID_REQUEST,
      'only topic settings can be changed; the rest are startup options',
    );
  }
  const topic = broker.topics.get(name);
  if (topic === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
  let own: Partial<TopicConfig>;
  try {
    own = change(topic.ownConfig);
  } catch (error) {
    if (error instanceof InvalidConfig) return refuse(ErrorCode.INVALID_CONFIG, error.message);
    throw error;
  }
  if (validateOnly) return { error: ErrorCode.NONE, message: null, type, name };
  const error = tryStoring(broker, { topic: name }, () => broker.topics.reconfigure(topic, own));
  if (error !== ErrorCode.NONE) return refuse(error, STORAGE_MESSAGE);
  broker.retention.sweep();
  return { error, message: null, type, name };
}
