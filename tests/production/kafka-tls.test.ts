import { beforeAll, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { freePort } from '@millrace/devstack';
import { createTaskConsumer, createTaskProducer, ensureTopics, type TlsOptions } from '@millrace/stream';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { startGateway } from '../gateway/gateway-process.ts';
import { shared } from '../shared.ts';
import { recordingLogger } from '../stream/lab.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { Authority, type Certificate, withoutOpenssl } from './certificates.ts';
import { deliver } from './deliver.ts';
import { startTlsBroker } from './tls-broker.ts';

// Other systems would first need a second loopback address for the hidden broker.
const reason = process.platform === 'linux' ? withoutOpenssl : 'only Linux has a second loopback address';
if (reason) console.warn(`skipped: TLS to Kafka, ${reason}`);

describe.skipIf(reason !== undefined)('TLS to Kafka, through a proxy in front of the embedded broker', () => {
  const authority = shared(() => Authority.create());
  const other = shared(() => Authority.create('Somebody else'));
  const broker = shared(async () =>
    startTlsBroker(await authority.issue('broker', { names: 'IP:127.0.0.1' })),
  );
  let client: Certificate;
  let ca: string;
  beforeAll(async () => {
    client = await authority.issue('client', { names: 'DNS:client' });
    ca = await readFile(authority.ca, 'utf8');
  });

  const connection = (tls?: TlsOptions, brokers = broker.brokers) => {
    const { logger, lines } = recordingLogger();
    return { options: { brokers, clientId: 'tls-test', tls, logger }, lines };
  };

  test('topics are created, and tasks announced and received', async () => {
    await deliver(connection({ ca }).options);
  });

  test('a broker that requires client certificates admits a client with one, and no other', async () => {
    const certificate = await authority.issue('strict', { names: 'IP:127.0.0.1' });
    await using strict = await startTlsBroker(certificate, authority.ca);
    const [cert, key] = await Promise.all([readFile(client.cert, 'utf8'), readFile(client.key, 'utf8')]);
    await deliver(connection({ ca, cert, key }, strict.brokers).options);
    await expect(ensureTopics(connection({ ca }, strict.brokers).options)).rejects.toThrow();
  }, 30_000);

  test.each([
    ['signed by an unknown authority', 'IP:127.0.0.1', 'other'],
    ['for another host', 'DNS:elsewhere.example', 'authority'],
  ] as const)('a certificate %s is refused and logged', async (_name, names, signer) => {
    const certificate = await { authority, other }[signer].issue(`refused-${signer}`, { names });
    await using refused = await startTlsBroker(certificate);
    const { options, lines } = connection({ ca }, refused.brokers);
    const producer = createTaskProducer(options);
    const consumer = createTaskConsumer({ ...options, producer, onDoorbells() {} });
    producer.start();
    consumer.start();
    const said = (text: string) => lines.some(({ message }) => message.includes(text));
    await eventually('the producer says so', () => said("stream producer refuses the broker's certificate"));
    await eventually('the consumer says so', () => said("stream consumer refuses the broker's certificate"));
    expect(producer.health().connected).toBe(false);
    await consumer.stop();
    await producer.stop(100);
  });

  /** Resolves once a producer's warning has this remedy. */
  async function toldBy(brokers: string[], tls: TlsOptions | undefined, remedy: string): Promise<string> {
    const { options, lines } = connection(tls, brokers);
    const warnings: string[] = [];
    const warn = (fields: object, message: string) => warnings.push(JSON.stringify({ ...fields, message }));
    const producer = createTaskProducer({ ...options, logger: { ...options.logger, warn } });
    producer.start();
    try {
      const told = () => warnings.find((warning) => warning.includes(remedy));
      await eventually(`it is told "${remedy}"`, () => told() !== undefined);
      expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
      return told()!;
    } finally {
      await producer.stop(100);
    }
  }

  test('a client with TLS on one side only is told what to check', async () => {
    const remedy = 'do KAFKA_SSL and KAFKA_SASL_MECHANISM match the broker';
    await toldBy(broker.brokers, undefined, remedy);
    await using plain = await startEmbeddedBroker();
    await toldBy(plain.brokers, { ca }, remedy);
  });

  test("a client whose certificate is missing or not the broker's choice is told so", async () => {
    const certificate = await authority.issue('demanding', { names: 'IP:127.0.0.1' });
    await using demanding = await startTlsBroker(certificate, authority.ca);
    const told = await toldBy(demanding.brokers, { ca }, 'check KAFKA_SSL_CERT_FILE');
    expect(told).toContain('is refused by the TLS of its broker');
  });

  test('no sockets leak to a broker that accepts connections and never answers', async () => {
    const open = new Set<object>();
    let accepted = 0;
    using silent = Bun.listen({
      hostname: '127.0.0.1',
      port: await freePort(),
      socket: {
        open(socket) {
          accepted++;
          open.add(socket);
        },
        close: (socket) => void open.delete(socket),
        data() {},
      },
    });
    const producer = createTaskProducer(connection({ ca }, [`127.0.0.1:${silent.port}`]).options);
    producer.start();
    await eventually('it has tried several times', () => accepted >= 4, { timeoutMs: 40_000 });
    expect(open.size).toBeLessThan(accepted);
    await producer.stop(100);
    await eventually('all sockets are closed', () => open.size === 0);
  }, 60_000);

  test('a gateway is configured by its environment, and keeps serving if the certificate is refused', async () => {
    await using database = await createTestDatabase();
    const environment = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: broker.brokers.join(','),
      KAFKA_SSL: 'on',
    };
    const stream = async (url: string) => {
      const report = await (await fetch(`${url}/health/ready`)).json();
      const { stream, events } = (report as { dependencies: Record<string, { status: string }> })
        .dependencies;
      return `${stream?.status} ${events?.status}`;
    };
    {
      await using gateway = await startGateway({ ...environment, KAFKA_SSL_CA_FILE: authority.ca });
      await eventually('the stream is up', async () => (await stream(gateway.url)) === 'up up');
    }
    await using gateway = await startGateway({ ...environment, KAFKA_SSL_CA_FILE: other.ca });
    await eventually('it says why', () => gateway.log().includes("refuses the broker's certificate"));
    expect(await stream(gateway.url)).toBe('down down');
    expect((await gateway.submit('without a stream')).status).toBe(202);
  }, 60_000);
});
