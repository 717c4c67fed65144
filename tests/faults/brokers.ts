import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { apacheKafkaAvailable, startApacheKafka } from '../conformance/brokers/apache-kafka.ts';
import type { BrokerProcess } from '../conformance/brokers/broker-process.ts';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';

export type BrokerKind = 'embedded' | 'apache';

export interface FaultyBroker {
  readonly process: BrokerProcess;
  /** Everything ever stored: topics, messages, offsets. Only while the broker is stopped. */
  deleteData(): Promise<void>;
}

/** The identity of a KRaft node, written when its folder was formatted; Kafka does not start without it. */
const IDENTITY = ['meta.properties', 'bootstrap.checkpoint'];

const launchers = { embedded: startEmbeddedBroker, apache: startApacheKafka };

/** Why this broker cannot run here, or `undefined` if it can. */
export function brokerUnavailable(kind: BrokerKind): string | undefined {
  return kind === 'apache' ? apacheKafkaAvailable() : undefined;
}

/** Topics are created by the services or not at all, as in production. */
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
