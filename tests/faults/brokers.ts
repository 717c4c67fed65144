import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { apacheKafkaAvailable, startApacheKafka } from '../conformance/brokers/apache-kafka.ts';
import type { BrokerProcess } from '../conformance/brokers/broker-process.ts';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';

export type BrokerKind = 'embedded' | 'apache';

export interface FaultyBroker {
  readonly process: BrokerProcess;
  /** Everything that was ever stored: topics, messages, offsets. Only while the broker is dead. */
  deleteData(): Promise<void>;
}

/** Who a KRaft node is, written when its folder was formatted; without it Kafka refuses to start. */
const IDENTITY = ['meta.properties', 'bootstrap.checkpoint'];

const launchers = { embedded: startEmbeddedBroker, apache: startApacheKafka };

/** Why this broker cannot run here, or `undefined` when it can. */
export function brokerUnavailable(kind: BrokerKind): string | undefined {
  return kind === 'apache' ? apacheKafkaAvailable() : undefined;
}

/** Topics are made by the services or not at all, as in production. */
export async function startBroker(kind: BrokerKind, dataDir: string): Promise<FaultyBroker> {
  const process = await launchers[kind]({ dataDir, autoCreateTopics: false });
  const stored = join(dataDir, 'data');
  return {
    process,
    async deleteData() {
      for (const name of await readdir(stored)) {
        if (kind === 'apache' && IDENTITY.includes(name)) continue;
        await rm(join(stored, name), { recursive: true });
      }
    },
  };
}
