import { beforeAll, expect, test } from 'bun:test';
import type { Readiness, Task } from '@millrace/contracts';
import { createLogger } from '@millrace/runtime';
import { createTaskConsumer, createTaskProducer, type Doorbell } from '@millrace/stream';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { createGateway } from './gateway.ts';

const logger = createLogger('gateway-test', 'error', 'stderr');
const doorbells: Doorbell[] = [];
const database = shared(() => createTestDatabase(1));
const broker = shared(startEmbeddedBroker);
const options = () => ({ brokers: broker.brokers, clientId: 'gateway-test', logger });
const producer = shared(
  () => createTaskProducer(options()),
  (producer) => producer.stop(),
);
const consumer = shared(
  () =>
    createTaskConsumer({
      ...options(),
      producer,
      onDoorbells: (received) => void doorbells.push(...received),
    }),
  (consumer) => consumer.stop(),
);
const gateway = shared(() => createGateway(database.db, { producer }));

beforeAll(async () => {
  producer.start();
  consumer.start();
  const isUp = async () => {
    const { dependencies } = (await (await gateway.send('GET', '/health/ready')).json()) as {
      dependencies: { stream: { status: string } };
    };
    return dependencies.stream.status === 'up' && consumer.health().assignedPartitions > 0;
  };
  await eventually('producer and consumer are connected', isUp);
}, 60_000);

async function submit(body: object, headers = {}): Promise<Task> {
  const all = { 'content-type': 'application/json', ...headers };
  return (await (await gateway.send('POST', '/tasks', body, all)).json()) as Task;
}
const doorbellOf = ({ id }: Task) => doorbells.find(({ taskId }) => taskId === id);

test('a submitted task is announced on its lane, with the trace of its request if it has one', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const tasks = await Promise.all([
    submit({ prompt: 'x', priority: 9 }, { traceparent }),
    submit({ prompt: 'x' }),
    submit({ prompt: 'x', priority: 0 }),
  ]);
  const rung = await Promise.all(tasks.map((task) => eventually('the doorbell', () => doorbellOf(task))));
  expect(rung.map(({ lane }) => lane)).toEqual(['high', 'normal', 'low']);
  expect(rung[0]?.traceparent).toBe(traceparent);
  expect(rung[1]?.traceparent).toBeUndefined();
});

test('a delayed task is not announced; one due in the past is', async () => {
  const later = await submit({ prompt: 'x', run_at: '2999-01-01T00:00:00Z' });
  const past = await submit({ prompt: 'x', run_at: '2001-01-01T00:00:00Z' });
  await eventually('the later doorbell', () => doorbellOf(past));
  expect(doorbellOf(later)).toBeUndefined();
});

test('with the broker down tasks are accepted as fast as ever, and readiness says so', async () => {
  await broker.kill('SIGKILL');
  const start = performance.now();
  const response = await gateway.send('POST', '/tasks', { prompt: 'x' });
  expect(response.status).toBe(202);
  expect(performance.now() - start).toBeLessThan(1000);
  const body = await eventually('the stream is down', async () => {
    const ready = await gateway.send('GET', '/health/ready');
    expect(ready.status).toBe(200);
    const report = (await ready.json()) as Readiness;
    return report.dependencies.stream?.status === 'down' && report;
  });
  expect(body).toEqual({
    status: 'ready',
    dependencies: {
      postgres: { status: 'up', required: true },
      stream: { status: 'down', required: false, detail: expect.stringContaining('messages buffered: 1') },
      events: { status: 'down', required: false, detail: expect.stringContaining('every second') },
    },
  });
});
