import type { BrokerContext } from '../server/context.ts';
import { parseConfig, type TopicConfig } from '../topics/topic-config.ts';
import {
  type AlterConfigsOutcome,
  type AlteredResource,
  alterConfigs,
  type ConfigChange,
  ConfigOperation,
  incrementalAlterConfigs,
} from '../wire/alter-configs.ts';
import { RESOURCE_TOPIC } from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';
import { answer } from './answer.ts';
import { attempt, existingTopic } from './attempt.ts';
import { inTurn } from './in-turn.ts';

/** AlterConfigs: the request replaces all of a topic's own settings. */
export const handleAlterConfigs = answer(alterConfigs, (broker, { resources, validateOnly }, client) =>
  inTurn(resources, client, (resource) => alter(broker, resource, validateOnly, () => ({}))),
);

/** IncrementalAlterConfigs: the request says which of them change. */
export const handleIncrementalAlterConfigs = answer(
  incrementalAlterConfigs,
  (broker, { resources, validateOnly }, client) =>
    inTurn(resources, client, (resource) => alter(broker, resource, validateOnly, (own) => own)),
);

/** @param base of a topic's own settings, those that stay unless they are changed */
function alter(
  broker: BrokerContext,
  { type, name, changes }: AlteredResource,
  validateOnly: boolean,
  base: (own: Partial<TopicConfig>) => Partial<TopicConfig>,
): AlterConfigsOutcome {
  const outcome = attempt(broker, { topic: name }, () => {
    if (type !== RESOURCE_TOPIC) {
      const message = 'only topic settings can be changed; the rest are startup options';
      throw new Refusal(ErrorCode.INVALID_REQUEST, message);
    }
    const topic = existingTopic(broker, name);
    const config = changed(base(topic.ownConfig), changes);
    if (validateOnly) return;
    broker.topics.reconfigure(topic, config);
    broker.retention.sweep();
  });
  return { ...outcome, type, name };
}

function changed(base: Partial<TopicConfig>, changes: ConfigChange[]): Partial<TopicConfig> {
  const config: Partial<Record<string, number>> = { ...base };
  for (const { name, operation, value } of changes) {
    if (operation === ConfigOperation.DELETE) delete config[name];
    else if (operation === ConfigOperation.SET) Object.assign(config, parseConfig(name, value));
    else throw new Refusal(ErrorCode.INVALID_CONFIG, `${name}: no setting here is a list: use SET or DELETE`);
  }
  return config;
}
