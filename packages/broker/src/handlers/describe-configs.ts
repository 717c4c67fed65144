import { type BrokerContext, type Handler, NODE_ID } from '../server/context.ts';
import { describeTopicConfig } from '../topics/topic-config.ts';
import {
  type ConfigEntry,
  ConfigSource,
  type DescribeConfigsResource,
  type DescribedResource,
  decodeDescribeConfigsRequest,
  encodeDescribeConfigsResponse,
  RESOURCE_BROKER,
  RESOURCE_TOPIC,
} from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';

export const handleDescribeConfigs: Handler = (broker, reader, version) => {
  const resources = decodeDescribeConfigsRequest(reader).map((resource) => describe(broker, resource));
  return (writer) => encodeDescribeConfigsResponse(writer, version, resources);
};

function describe(broker: BrokerContext, resource: DescribeConfigsResource): DescribedResource {
  const { type, name, keys } = resource;
  const refuse = (error: ErrorCode, message: string) => ({ error, message, type, name, entries: [] });
  let entries: ConfigEntry[];
  if (type === RESOURCE_TOPIC) {
    const topic = broker.topics.get(name);
    if (topic === undefined) {
      return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
    }
    entries = describeTopicConfig(topic.config, topic.ownConfig);
  } else if (type === RESOURCE_BROKER) {
    if (name !== '' && name !== String(NODE_ID)) {
      return refuse(ErrorCode.INVALID_REQUEST, `the only broker is ${NODE_ID}, not ${name}`);
    }
    entries = describeBroker(broker);
  } else {
    return refuse(ErrorCode.INVALID_REQUEST, `resource type ${type} has no settings here`);
  }
  const asked = keys === null ? entries : entries.filter((entry) => keys.includes(entry.name));
  return { error: ErrorCode.NONE, message: null, type, name, entries: asked };
}

function describeBroker({ settings }: BrokerContext): ConfigEntry[] {
  const values = {
    'auto.create.topics.enable': settings.autoCreateTopics,
    'num.partitions': settings.partitions,
    'default.replication.factor': 1,
    'log.retention.ms': settings.retentionMs,
    'log.retention.bytes': settings.retentionBytes,
    'log.segment.bytes': settings.segmentBytes,
    'message.max.bytes': settings.messageBytesMax,
    'socket.request.max.bytes': settings.requestBytesMax,
    'group.min.session.timeout.ms': settings.sessionTimeoutMsMin,
    'group.max.session.timeout.ms': settings.sessionTimeoutMsMax,
  };
  return Object.entries(values).map(([name, value]) => ({
    name,
    value: String(value),
    readOnly: true,
    source: ConfigSource.STATIC_BROKER,
  }));
}
