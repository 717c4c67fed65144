import { describe } from 'bun:test';
import { eventually } from '../waiting.ts';
import type { BrokerProcess } from './brokers/broker-process.ts';
import type { AdminClient } from './clients/admin.ts';
import type { KafkaClient } from './clients/client.ts';
import { kafkajsAdmin } from './clients/kafkajs-admin.ts';
import { kafkajsClient } from './clients/kafkajs-client.ts';
import { kcatAvailable, kcatClient } from './clients/kcat-client.ts';
import { platformaticAdmin } from './clients/platformatic-admin.ts';
import { platformaticClient } from './clients/platformatic-client.ts';

export type StartBroker = (options?: { autoCreateTopics?: boolean }) => Promise<BrokerProcess>;

export interface Target {
  name: string;
  /** A broker of our own to start, kill and restart; or the address of one that runs elsewhere. */
  broker: StartBroker | { bootstrap: string };
  /** The shortest session that the broker accepts from a group member. */
  sessionTimeoutMsMin: number;
  /** Whether it creates a topic that a client requests, if the client allows it. */
  autoCreatesTopics: boolean;
}

const CLIENTS = { kafkajs: kafkajsClient, platformatic: platformaticClient, kcat: kcatClient };
const ADMINS = { kafkajs: kafkajsAdmin, platformatic: platformaticAdmin };

/** The broker under test and what the cases share: clients, and topics that are removed at the end. */
export class Lab {
  readonly target: Target;
  readonly #clients = new Map<string, KafkaClient>();
  readonly #admins = new Map<string, AdminClient>();
  readonly #topics: string[] = [];
  #process: BrokerProcess | undefined;

  constructor(target: Target) {
    this.target = target;
  }

  async start(): Promise<void> {
    if (typeof this.target.broker === 'function') this.#process = await this.target.broker();
    // A new Apache Kafka has no coordinator before its first group; the cases measure what comes after.
    await this.client('kafkajs').joinGroup({
      topic: await this.topic(),
      groupId: this.name('first'),
      sessionTimeoutMs: 10_000,
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    if (!this.#process) {
      const admin = await this.admin('kafkajs');
      await Promise.all(this.#topics.map((topic) => admin.deleteTopic(topic).catch(() => undefined)));
    }
    await Promise.all([...this.#admins.values()].map((admin) => admin.close()));
    await this.#process?.stop();
  }

  get bootstrap(): string {
    const { broker } = this.target;
    const address = typeof broker === 'function' ? this.#process?.brokers[0] : broker.bootstrap;
    if (!address) {
      throw new Error(`${this.target.name} is not started`);
    }
    return address;
  }

  /** The process to kill; only if the suite started it. */
  get process(): BrokerProcess {
    if (!this.#process) {
      throw new Error(`${this.target.name} was not started by this suite`);
    }
    return this.#process;
  }

  client(name: KafkaClient['name']): KafkaClient {
    const known = this.#clients.get(name) ?? CLIENTS[name](this.bootstrap);
    this.#clients.set(name, known);
    return known;
  }

  async admin(name: AdminClient['name']): Promise<AdminClient> {
    const known = this.#admins.get(name) ?? (await ADMINS[name](this.bootstrap));
    this.#admins.set(name, known);
    return known;
  }

  /** A name that no other case and no other run uses. */
  name(kind: string): string {
    return `conformance-${kind}-${crypto.randomUUID()}`;
  }

  /** A new topic that already serves: a producer that had to retry would write some records twice. */
  async topic(partitions = 1): Promise<string> {
    const topic = this.name('topic');
    const admin = await this.admin('kafkajs');
    await admin.createTopic(topic, { partitions });
    this.#topics.push(topic);
    await eventually('all its partitions answer', () => admin.offsets(topic, 0));
    return topic;
  }
}

const clientNames: KafkaClient['name'][] = ['kafkajs', 'platformatic', 'kcat'];
/** The installed ones. */
export const availableClients = clientNames.filter((name) => name !== 'kcat' || !kcatAvailable());
const adminNames: AdminClient['name'][] = ['kafkajs', 'platformatic'];

/** The same cases once in each client; a client that is not installed is skipped with a warning. */
export function inEachClient(what: string, cases: (name: KafkaClient['name']) => void): void {
  for (const name of clientNames) {
    const unavailable = name === 'kcat' ? kcatAvailable() : undefined;
    if (unavailable) {
      console.warn(`skipped: ${what} in kcat, ${unavailable}`);
    }
    describe.skipIf(unavailable !== undefined)(`${what} (${name})`, () => cases(name));
  }
}

export function inEachAdmin(what: string, cases: (name: AdminClient['name']) => void): void {
  for (const name of adminNames) {
    describe(`${what} (${name})`, () => cases(name));
  }
}
