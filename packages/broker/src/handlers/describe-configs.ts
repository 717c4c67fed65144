import { type BrokerContext, NODE_ID } from '../server/context.ts';
import { describeTopicConfig } from '../topics/topic-config.ts';
import {
  type ConfigEntry,
  ConfigSource,
  type DescribeConfigsResource,
  type DescribedResource,
  describeConfigs,
  RESOURCE_BROKER,
  RESOURCE_TOPIC,
} from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';
import { answer } from './answer.ts';
import { attempt, existingTopic } from './attempt.ts';

export const handleDescribeConfigs = answer(describeConfigs, (broker, resources) =>
  resources.map((resource) => describe(broker, resource)),
);

function describe(broker: BrokerContext, resource: DescribeConfigsResource): DescribedResource {
  const { type, name, keys } = resource;
  let entries: ConfigEntry[] = [];
  const outcome = attempt(broker, {}, () => {
    entries = entriesOf(broker, resource).filter((entry) => keys?.includes(entry.name) ?? true);
  });
  return { ...outcome, type, name, entries };
}

function entriesOf(broker: BrokerContext, { type, name }: DescribeConfigsResource): ConfigEntry[] {
  if (type === RESOURCE_TOPIC) {
    const topic = existingTopic(broker, name);
    return describeTopicConfig(topic.config, topic.ownConfig);
  }
  if (type !== RESOURCE_BROKER) {
    throw new Refusal(ErrorCode.INVALID_REQUEST, `resource type ${type} has no settings here`);
  }
  if (name !== '' && name !== String(NODE_ID)) {
    throw new Refusal(ErrorCode.INVALID_REQUEST, `the only broker is ${NODE_ID}, not ${name}`);
  }
  return describeBroker(broker);
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
