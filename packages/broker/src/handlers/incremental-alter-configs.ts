import type { Handler } from '../server/context.ts';
import { InvalidConfig, parseConfigs, type TopicConfig } from '../topics/topic-config.ts';
import { encodeAlterConfigsResponse } from '../wire/alter-configs.ts';
import {
  type ConfigChange,
  ConfigOperation,
  decodeIncrementalAlterConfigsRequest,
} from '../wire/incremental-alter-configs.ts';
import { alterTopic } from './alter-configs.ts';
import { inTurn } from './in-turn.ts';

/** IncrementalAlterConfigs: the request says which of a topic's own settings change. */
export const handleIncrementalAlterConfigs: Handler = async (broker, reader, _version, client) => {
  const { resources, validateOnly } = decodeIncrementalAlterConfigsRequest(reader);
  const outcomes = await inTurn(resources, client, (resource) =>
    alterTopic(broker, resource, validateOnly, (own) => changed(own, resource.changes)),
  );
  return (writer) => encodeAlterConfigsResponse(writer, outcomes);
};

function changed(own: Partial<TopicConfig>, changes: ConfigChange[]): Partial<TopicConfig> {
  const result: Record<string, number | undefined> = { ...own };
  for (const { name, operation, value } of changes) {
    if (operation === ConfigOperation.DELETE) delete result[name];
    else if (operation === ConfigOperation.SET) Object.assign(result, parseConfigs([{ name, value }]));
    else throw new InvalidConfig(`${name}: no setting here is a list: use SET or DELETE`);
  }
  return result;
}
