import { expect, test } from 'bun:test';
import { startBroker } from '@millrace/broker';
import { freePort } from '@millrace/devstack';
import { createTaskConsumer, createTaskProducer } from '@millrace/stream';
import { temporaryFolder } from '../temporary-folder.ts';
import { eventually } from '../waiting.ts';
import { BEHIND, startAnswerProxy } from './answer-proxy.ts';
import { recordingLogger } from './lab.ts';

const FETCH = 1;
const OFFSET_COMMIT = 8;
const CLUSTER_AUTHORIZATION_FAILED = 31;

/** Loses the answers to commits, and refuses fetches: those after such a loss, or all. */
function startRefusingProxy(port: number, refused: 'after a loss' | 'all') {
  let isRefusing = refused === 'all';
  return startAnswerProxy(port, (apiKey, answer, send) => {
    if (apiKey === OFFSET_COMMIT) isRefusing = true;
    else {
      if (apiKey === FETCH && isRefusing) answer.writeInt16BE(CLUSTER_AUTHORIZATION_FAILED, 12);
      send();
    }
  });
}

/** A consumer that joins its group, and whose session then ends. */
async function startConsumer(refused: 'after a loss' | 'all') {
  const folder = await temporaryFolder();
  const port = await freePort();
  const broker = startBroker({ dataDir: folder.path, host: BEHIND, port, advertisedHost: '127.0.0.1' });
  const closeProxy = await startRefusingProxy(port, refused);
  const { logger, lines } = recordingLogger();
  const address = { brokers: [`127.0.0.1:${port}`], clientId: 'ending' };
  const producer = createTaskProducer({ ...address, logger: recordingLogger().logger });
  const joinedAt: number[] = [];
  const consumer = createTaskConsumer({
    ...address,
    logger: {
      ...logger,
      info(fields, message) {
        if (message === 'the stream consumer joined its group') joinedAt.push(performance.now());
        logger.info(fields, message);
      },
    },
    producer,
    onDoorbells(doorbells) {
      for (const { acknowledge } of doorbells) acknowledge();
    },
  });
  producer.start();
  producer.announce({ task_id: Bun.randomUUIDv7(), lane: 'high' });
  consumer.start();
  return {
    consumer,
    lines,
    joinedAt,
    async [Symbol.asyncDispose]() {
      closeProxy();
      await consumer.stop();
      await producer.stop();
      await broker.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux(
  'a session that ends is replaced though it still waits for an answer; lanes can be paused and resumed meanwhile',
  async () => {
    await using ending = await startConsumer('after a loss');
    const { consumer, lines, joinedAt } = ending;
    await eventually('the session ends', () =>
      lines.some(({ message }) => message === 'kafkajs Consumer: Stopped'),
    );
    expect(joinedAt).toHaveLength(1);
    consumer.pause('low');
    consumer.resume('low');
    // The answer would be given up after ten.
    await eventually('there is another', () => joinedAt.length > 1, { timeoutMs: 7_000 });
  },
  30_000,
);

onLinux(
  'sessions that end right after joining are retried at growing intervals, and logged once',
  async () => {
    await using ending = await startConsumer('all');
    const { lines, joinedAt } = ending;
    await eventually('six have joined', () => joinedAt.length === 6, { timeoutMs: 20_000 });
    // The first is 200 ms at most, the last 1,000 ms at least; joining takes equally long.
    const intervals = joinedAt.slice(1).map((at, index) => at - joinedAt[index]!);
    expect(intervals[4]! - intervals[0]!).toBeGreaterThan(500);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'the stream consumer is denied permission by the broker; it keeps trying',
      },
    ]);
  },
  30_000,
);
