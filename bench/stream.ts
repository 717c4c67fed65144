/**
 * What the stream costs: `bun bench/stream.ts [--count 100000] [--singles 500]`.
 *
 * Starts the embedded broker, and sends through packages/stream as the services do: `--count` doorbells at once, which one
 * consumer then reads; as many statuses, which an event reader receives meanwhile; and single doorbells after random
 * gaps, each awaited. Under load many share a message, so the figures count doorbells and statuses, not messages. CPU time
 * of this process and of the broker comes from /proc: Linux only. Exits with 1 if one is lost.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LANES } from '@millrace/contracts';
import { newTaskId } from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import { createEventReader, createTaskConsumer, createTaskProducer } from '@millrace/stream';
import { usageOf } from '../tests/broker/load.ts';
import { startEmbeddedBroker } from '../tests/conformance/brokers/embedded-broker.ts';
import { eventually } from '../tests/waiting.ts';
import { reportFigures } from './figures.ts';
import { exitOnSignal } from './on-exit.ts';
import { readCounts } from './options.ts';
import { describeTimes, percentile } from './percentiles.ts';

const { count, singles } = readCounts({
  count: { default: 100_000, max: 10_000_000 },
  singles: { default: 500, max: 100_000 },
});
/** Half of what the producer buffers before it drops the oldest. */
const BUFFERED_MAX = 5_000;
const GAP_MS_MAX = 20;
const PATIENCE = { timeoutMs: 120_000, intervalMs: 2 };

exitOnSignal();
const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const broker = await startEmbeddedBroker({ dataDir: folder });
const options = {
  brokers: broker.brokers,
  clientId: 'millrace-bench',
  logger: createLogger('bench', 'error', 'stderr'),
};

/** Replaced by each measurement. */
let onDoorbell: (taskId: string) => void = () => undefined;
let statuses = 0;
let listens = false;
const producer = createTaskProducer(options);
const consumer = createTaskConsumer({
  ...options,
  producer,
  onDoorbells(doorbells) {
    for (const { taskId, acknowledge } of doorbells) {
      onDoorbell(taskId);
      acknowledge();
    }
  },
});
const reader = createEventReader({
  ...options,
  onEvents(events) {
    statuses += events.length;
  },
  onGap() {
    listens = true;
  },
});

try {
  producer.start();
  await eventually('the producer is connected', () => producer.health().connected, PATIENCE);
  await measure('doorbells sent', () => sendAll((task_id) => producer.announce({ task_id, lane: 'normal' })));

  let rung = 0;
  onDoorbell = () => rung++;
  for (const lane of LANES) consumer.pause(lane);
  consumer.start();
  await eventually('partitions are assigned', () => consumer.health().assignedPartitions > 0, PATIENCE);
  await measure('doorbells read', async () => {
    for (const lane of LANES) consumer.resume(lane);
    await eventually('every doorbell is read', () => rung === count, PATIENCE);
  });

  reader.start();
  await eventually('the reader listens', () => listens, PATIENCE);
  await measure('statuses sent and heard', async () => {
    await sendAll((task_id) => producer.publishStatus({ task_id, attempt: 1, status: 'COMPLETED' }));
    await eventually('every status is heard', () => statuses === count, PATIENCE);
  });

  const times = await ringOneByOne();
  console.log(`single doorbell: ${describeTimes(times)}`);
  reportFigures([
    { name: 'single doorbell, p50', value: percentile(times, 0.5), unit: 'ms' },
    { name: 'single doorbell, p99', value: percentile(times, 0.99), unit: 'ms' },
  ]);
} finally {
  await Promise.all([consumer.stop(), reader.stop()]);
  await producer.stop();
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measure(name: string, work: () => Promise<void>): Promise<void> {
  const brokerBefore = usageOf(broker.pid).cpuMs;
  const before = process.cpuUsage();
  const begun = performance.now();
  await work();
  const elapsedMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  const brokerMs = usageOf(broker.pid).cpuMs - brokerBefore;
  reportFigures([
    { name, value: (count * 1000) / elapsedMs, unit: '/s' },
    { name: `${name}: CPU, client`, value: (user + system) / count, unit: 'µs each' },
    { name: `${name}: CPU, broker`, value: (brokerMs * 1000) / count, unit: 'µs each' },
  ]);
}

async function sendAll(send: (taskId: string) => void): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    while (producer.health().buffered >= BUFFERED_MAX) await Bun.sleep(1);
    send(newTaskId());
  }
  await eventually('all is sent', () => producer.health().buffered === 0, PATIENCE);
  const { dropped } = producer.health();
  if (dropped > 0) throw new Error(`the producer dropped ${dropped}`);
}

/** Resolves with how long each took from announcement to receipt. */
async function ringOneByOne(): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < singles; i++) {
    await Bun.sleep(Math.random() * GAP_MS_MAX);
    const task_id = newTaskId();
    const heard = Promise.withResolvers<void>();
    onDoorbell = (taskId) => taskId === task_id && heard.resolve();
    const begun = performance.now();
    producer.announce({ task_id, lane: 'normal' });
    await heard.promise;
    times.push(performance.now() - begun);
  }
  return times;
}
