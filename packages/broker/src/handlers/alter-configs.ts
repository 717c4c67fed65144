import type { BrokerContext, Handler } from '../server/context.ts';
import { InvalidConfig, parseConfig, parseConfigs, type TopicConfig } from '../topics/topic-config.ts';
import {
  type AlterConfigsResource,
  type AlteredResource,
  ConfigOperation,
  decodeAlterConfigsRequest,
  decodeIncrementalAlterConfigsRequest,
  encodeAlterConfigsResponse,
  type IncrementalResource,
} from '../wire/alter-configs.ts';
import { RESOURCE_TOPIC } from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';

type Own = Partial<TopicConfig>;

/** AlterConfigs: the request says all of a topic's own settings. */
export const handleAlterConfigs: Handler = (broker, reader) => {
  const { resources, validateOnly } = decodeAlterConfigsRequest(reader);
  const outcomes = resources.map((resource) =>
    alter(broker, resource, validateOnly, () => parseConfigs(resource.changes)),
  );
  return (writer) => encodeAlterConfigsResponse(writer, outcomes);
};

/** IncrementalAlterConfigs: the request says which settings change. */
export const handleIncrementalAlterConfigs: Handler = (broker, reader) => {
  const { resources, validateOnly } = decodeIncrementalAlterConfigsRequest(reader);
  const outcomes = resources.map((resource) =>
    alter(broker, resource, validateOnly, (own) => applyChanges(own, resource.changes)),
  );
  return (writer) => encodeAlterConfigsResponse(writer, outcomes);
};

function applyChanges(own: Own, changes: IncrementalResource['changes']): Own {
  const changed = { ...own };
  for (const { name, value, operation } of changes) {
    if (operation === ConfigOperation.DELETE) {
      delete changed[name as keyof TopicConfig];
    } else if (operation === ConfigOperation.SET) {
      const setting = parseConfig(name, value);
      if (setting !== undefined) changed[setting[0]] = setting[1];
    } else {
      throw new InvalidConfig(`${name}: is not a list, it can only be set or deleted`);
    }
  }
  return changed;
}

function alter(
  broker: BrokerContext,
  { type, name }: Pick<AlterConfigsResource, 'type' | 'name'>,
  validateOnly: boolean,
  change: (own: Own) => Own,
): AlteredResource {
  const refuse = (error: ErrorCode, message: string) => ({ error, message, type, name });
  if (type !== RESOURCE_TOPIC) {
    return refuse(
      ErrorCode.INVALID_REQUEST,
      'only settings of topics can be changed; the rest are start options',
    );
  }
  const topic = broker.topics.get(name);
  if (topic === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
  try {
    const own = change(topic.ownConfig);
    if (!validateOnly) {
      broker.topics.reconfigure(topic, own);
      broker.retention.sweep();
    }
  } catch (error) {
    if (error instanceof InvalidConfig) return refuse(ErrorCode.INVALID_CONFIG, error.message);
    throw error;
  }
  return { error: ErrorCode.NONE, message: null, type, name };
}
