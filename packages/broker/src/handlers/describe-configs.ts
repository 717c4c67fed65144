import type { BrokerContext } from '../server/context.ts';
import { describeTopicConfig } from '../topics/topic-config.ts';
import {
  type ConfigEntry,
  type DescribeConfigsResource,
  type DescribedResource,
  describeConfigs,
  RESOURCE_TOPIC,
} from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';
import { answer } from './answer.ts';
import { attempt, existingTopic } from './attempt.ts';

export const handleDescribeConfigs = answer(describeConfigs, (broker, resources) =>
  resources.map((resource) => describe(broker, resource)),
);

function describe(broker: BrokerContext, { type, name, keys }: DescribeConfigsResource): DescribedResource {
  let entries: ConfigEntry[] = [];
  const outcome = attempt(broker, {}, () => {
    if (type !== RESOURCE_TOPIC) {
      throw new Refusal(
        ErrorCode.INVALID_REQUEST,
        'only topics have settings; those of the broker are startup options',
      );
    }
    const { config, ownConfig } = existingTopic(broker, name);
    entries = describeTopicConfig(config, ownConfig).filter((entry) => keys?.includes(entry.name) ?? true);
  });
  return { ...outcome, type, name, entries };
}
