import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@millrace/devstack';
import {
  type ClientOptions,
  createEventReader,
  createTaskConsumer,
  createTaskProducer,
  ensureTopics,
  type SaslOptions,
} from '@millrace/stream';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { apacheKafkaAvailable, startApacheKafka } from '../conformance/brokers/apache-kafka.ts';
import type { BrokerProcess } from '../conformance/brokers/broker-process.ts';
import { startGateway } from '../gateway/gateway-process.ts';
import { shared } from '../shared.ts';
import { newIds, recordingLogger } from '../stream/lab.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { Authority, type Certificate, withoutOpenssl } from './certificates.ts';
import { deliver } from './deliver.ts';

const reason =
  process.env.MILLRACE_APACHE_KAFKA === '1'
    ? (withoutOpenssl ?? apacheKafkaAvailable())
    : 'set MILLRACE_APACHE_KAFKA=1 to run it';
if (reason) console.warn(`skipped: TLS and SASL on Apache Kafka, ${reason}`);

const PASSWORD = 'correct-horse';
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

describe.skipIf(reason !== undefined)('TLS and SASL on Apache Kafka', () => {
  const authority = shared(() => Authority.create());
  let client: Certificate;
  let kafka: BrokerProcess;
  let ca: string;
  const ports = { saslTls: 0, mutualTls: 0, saslPlain: 0, plainOnly: 0 };

  beforeAll(async () => {
    ca = await readFile(authority.ca, 'utf8');
    client = await authority.issue('client', { names: 'DNS:client' });
    const { cert, key } = await authority.issue('broker', { names: 'IP:127.0.0.1' });
    const keystore = join(authority.folder, 'keystore.pem');
    await writeFile(keystore, (await readFile(key, 'utf8')) + (await readFile(cert, 'utf8')));
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
    const login = (listener: string) => ({
      [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      [`listener.name.${listener}.plain.sasl.jaas.config`]: `org.apache.kafka.common.security.plain.PlainLoginModule required user_millrace="${PASSWORD}" user_stranger="${PASSWORD}";`,
      [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: scram,
      [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: scram,
    });
    kafka = await startApacheKafka({
      autoCreateTopics: false,
      listeners: [
        { name: 'SASLTLS', port: ports.saslTls, protocol: 'SASL_SSL' },
        { name: 'MUTUALTLS', port: ports.mutualTls, protocol: 'SSL' },
        { name: 'SASLPLAIN', port: ports.saslPlain, protocol: 'SASL_PLAINTEXT' },
        { name: 'PLAINONLY', port: ports.plainOnly, protocol: 'SASL_PLAINTEXT' },
      ],
      scramUsers: { millrace: PASSWORD },
      settings: {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': keystore,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': authority.ca,
        'listener.name.mutualtls.ssl.client.auth': 'required',
        ...login('sasltls'),
        ...login('saslplain'),
        ...login('plainonly'),
        'listener.name.plainonly.sasl.enabled.mechanisms': 'PLAIN',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS;User:CN=client',
      },
    });
    await grantWhatTheDocumentationSays('millrace');
  }, 180_000);
  afterAll(() => kafka?.stop());

  const connection = (port: number, security: Pick<ClientOptions, 'tls' | 'sasl'>) => {
    const { logger, lines } = recordingLogger();
    const options = { brokers: [`127.0.0.1:${port}`], clientId: 'security-test', ...security, logger };
    const said = (text: string) => lines.some(({ message }) => message.includes(text));
    const errors = () => lines.filter(({ level }) => level === 'error');
    return { options, said, lines, errors };
  };
  const login = (mechanism: SaslOptions['mechanism'], username = 'millrace', password = PASSWORD) => ({
    mechanism,
    username,
    password,
  });

  test.each(MECHANISMS)(
    '%s over TLS',
    async (mechanism) => {
      const { options } = connection(ports.saslTls, { tls: { ca }, sasl: login(mechanism) });
      await deliver(options, `executors-${mechanism}`);
    },
    60_000,
  );

  test.each(MECHANISMS)(
    '%s without TLS, with a warning',
    async (mechanism) => {
      const { options } = connection(ports.saslPlain, { sasl: login(mechanism) });
      await deliver(options, `executors-${mechanism}`);
    },
    60_000,
  );

  test('mutual TLS', async () => {
    const [cert, key] = await Promise.all([readFile(client.cert, 'utf8'), readFile(client.key, 'utf8')]);
    await deliver(connection(ports.mutualTls, { tls: { ca, cert, key } }).options);
    await expect(ensureTopics(connection(ports.mutualTls, { tls: { ca } }).options)).rejects.toThrow();
  }, 60_000);

  test.each(MECHANISMS)(
    '%s with a wrong password is distinguished from an outage',
    async (mechanism) => {
      const sasl = login(mechanism, 'millrace', 'wrong');
      const { options, said, errors } = connection(ports.saslTls, { tls: { ca }, sasl });
      const producer = createTaskProducer(options);
      const consumer = createTaskConsumer({ ...options, producer, onDoorbells() {} });
      const reader = createEventReader({ ...options, onEvents() {}, onGap() {} });
      const parts = [producer, consumer, reader];
      for (const part of parts) part.start();
      for (const name of ['producer', 'consumer', 'event reader']) {
        await eventually(`the ${name} says so`, () => said(`${name} cannot log in at the broker`));
      }
      expect(parts.map((part) => part.health().connected)).toEqual([false, false, false]);
      expect(errors()).toEqual([]);
      for (const part of [reader, consumer]) await part.stop();
      await producer.stop(100);
    },
    30_000,
  );

  test.each([
    [
      'with a mechanism that is not enabled',
      () => connection(ports.plainOnly, { sasl: login('scram-sha-256') }),
    ],
    [
      'at a listener without logins',
      () => {
        const listener = { port: Number(kafka.brokers[0]!.split(':')[1]), sasl: login('scram-sha-256') };
        return connection(listener.port, listener);
      },
    ],
  ])(
    'a login %s is reported as such, and as nothing else',
    async (_where, connect) => {
      const { options, said, errors } = connect();
      const producer = createTaskProducer(options);
      producer.start();
      await eventually('the log says so', () => said('stream producer cannot log in at the broker'));
      expect(said('the broker refuses to create topics')).toBe(false);
      expect(errors()).toEqual([]);
      await producer.stop(100);
    },
    30_000,
  );

  test('a login without grants is reported as such, however many of its messages are refused', async () => {
    const sasl = login('plain', 'stranger');
    const { options, said, lines, errors } = connection(ports.saslTls, { tls: { ca }, sasl });
    const producer = createTaskProducer(options);
    const consumer = createTaskConsumer({ ...options, producer, onDoorbells() {} });
    producer.start();
    consumer.start();
    await eventually('reading is refused', () => said('stream consumer is denied permission by the broker'));
    for (const [index, id] of newIds(3).entries()) {
      producer.announce({ task_id: id, lane: 'normal' });
      await eventually('the message is refused', () => producer.health().dropped === index + 1);
      expect(producer.health().connected).toBe(false);
    }
    expect(errors().map(({ message }) => message)).toEqual(['the broker refused messages; they are dropped']);
    expect(lines.filter(({ message }) => message.includes('refuses to create topics'))).toHaveLength(1);
    await grantWhatTheDocumentationSays('stranger');
    await eventually('it may write', () => {
      producer.announce({ task_id: Bun.randomUUIDv7(), lane: 'normal' });
      return producer.health().connected;
    });
    await consumer.stop();
    await producer.stop(100);
  }, 30_000);

  test("with the wrong authority the broker's certificate is refused", async () => {
    await using other = await Authority.create('Somebody else');
    const tls = { ca: await readFile(other.ca, 'utf8') };
    const { options, said } = connection(ports.saslTls, { tls, sasl: login('scram-sha-512') });
    const producer = createTaskProducer(options);
    producer.start();
    await eventually('the log says so', () => said("refuses the broker's certificate"));
    await producer.stop(100);
  }, 30_000);

  test('a gateway logs in as its environment says, and keeps serving with a wrong password', async () => {
    await using database = await createTestDatabase();
    const environment = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: `127.0.0.1:${ports.saslTls}`,
      KAFKA_SSL: 'on',
      KAFKA_SSL_CA_FILE: authority.ca,
      KAFKA_SASL_MECHANISM: 'scram-sha-256',
      KAFKA_SASL_USERNAME: 'millrace',
    };
    const streamOf = async (url: string) => {
      const report = await (await fetch(`${url}/health/ready`)).json();
      return (report as { dependencies: { stream: { status: string } } }).dependencies.stream.status;
    };
    {
      await using gateway = await startGateway({ ...environment, KAFKA_SASL_PASSWORD: PASSWORD });
      await eventually('the stream is up', async () => (await streamOf(gateway.url)) === 'up');
    }
    await using gateway = await startGateway({ ...environment, KAFKA_SASL_PASSWORD: 'a-wrong-one' });
    await eventually('it says why', () => gateway.log().includes('cannot log in at the broker'));
    expect(gateway.log()).not.toContain('a-wrong-one');
    expect(await streamOf(gateway.url)).toBe('down');
    expect((await gateway.submit('without a stream')).status).toBe(202);
  }, 90_000);

  /** The list in docs/security.md. */
  async function grantWhatTheDocumentationSays(username: string): Promise<void> {
    const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    const { DESCRIBE, CREATE, READ, WRITE } = AclOperationTypes;
    const { TOPIC, GROUP } = AclResourceTypes;
    const grants = [
      { resourceType: TOPIC, resourceName: 'tasks.', operations: [CREATE, DESCRIBE, READ, WRITE] },
      { resourceType: TOPIC, resourceName: 'task.events', operations: [CREATE, DESCRIBE, READ, WRITE] },
      { resourceType: GROUP, resourceName: 'executors', operations: [READ] },
      { resourceType: GROUP, resourceName: 'events-', operations: [READ] },
    ];
    await admin.connect();
    await admin.createAcls({
      acl: grants.flatMap(({ operations, ...resource }) =>
        operations.map((operation) => ({
          ...resource,
          resourcePatternType: ResourcePatternTypes.PREFIXED,
          principal: `User:${username}`,
          host: '*',
          operation,
          permissionType: AclPermissionTypes.ALLOW,
        })),
      ),
    });
    await admin.disconnect();
  }
});
