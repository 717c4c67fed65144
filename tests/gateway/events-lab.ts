import { createLogger } from '@millrace/runtime';
import { createTaskProducer, type TaskProducer } from '@millrace/stream';
import type { BrokerProcess } from '../conformance/brokers/broker-process.ts';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { ScriptedAttempt, submitScripted } from './scripted-attempt.ts';

/** A database, a broker, a producer in place of executors, and gateways as processes. */
export interface EventsLab extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly broker: BrokerProcess;
  readonly producer: TaskProducer;
  /** Serves, and reads the stream. */
  startGateway(environment?: Record<string, string>): Promise<GatewayProcess>;
  submit(): Promise<string>;
  claim(taskId: string): Promise<ScriptedAttempt>;
  /** The broker has everything published so far. */
  sent(): Promise<void>;
}

export async function startEventsLab(): Promise<EventsLab> {
  const [database, broker] = await Promise.all([createTestDatabase(), startEmbeddedBroker()]);
  const logger = createLogger('events-test', 'error', 'stderr');
  const producer = createTaskProducer({ brokers: broker.brokers, clientId: 'events-test', logger });
  producer.start();
  return {
    database,
    broker,
    producer,
    async startGateway(environment = {}) {
      const gateway = await startGateway({
        DATABASE_URL: database.url,
        KAFKA_BROKERS: broker.brokers.join(','),
        ...environment,
      });
      await eventually('the gateway receives events', () => hears(gateway), { timeoutMs: 30_000 });
      return gateway;
    },
    submit: () => submitScripted(database.db),
    claim: (taskId) => ScriptedAttempt.claim(database.db, taskId, producer),
    async sent() {
      await eventually('all is sent', () => producer.health().connected && producer.health().buffered === 0, {
        timeoutMs: 30_000,
      });
    },
    async [Symbol.asyncDispose]() {
      await producer.stop();
      await broker.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

export async function hears(gateway: GatewayProcess): Promise<boolean> {
  return !(await (await fetch(`${gateway.url}/health/ready`)).text()).includes('"down"');
}
