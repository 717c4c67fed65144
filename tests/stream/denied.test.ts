import { expect, spyOn, test } from 'bun:test';
import { startBroker } from '@millrace/broker';
import type { Lane } from '@millrace/contracts';
import { freePort } from '@millrace/devstack';
import { createTaskProducer } from '@millrace/stream';
import { temporaryFolder } from '../temporary-folder.ts';
import { eventually } from '../waiting.ts';
import { BEHIND, startAnswerProxy } from './answer-proxy.ts';
import { recordingLogger } from './lab.ts';

const PRODUCE = 0;
const TOPIC_AUTHORIZATION_FAILED = 29;

/** Of an answer for one partition: size, correlation, one topic, its name, one partition, its index, then the error. */
function deny(answer: Buffer): void {
  answer.writeInt16BE(TOPIC_AUTHORIZATION_FAILED, 14 + answer.readInt16BE(12) + 8);
}

test.skipIf(process.platform !== 'linux')(
  'a producer that may not write to all topics is not connected, until a minute after the last denial',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const broker = startBroker({ dataDir: folder.path, host: BEHIND, port, advertisedHost: '127.0.0.1' });
    const closeProxy = await startAnswerProxy(port, (apiKey, answer, send) => {
      if (apiKey === PRODUCE && answer.includes('tasks.high')) deny(answer);
      send();
    });
    const { logger } = recordingLogger();
    let produced = 0;
    const producer = createTaskProducer({
      brokers: [`127.0.0.1:${port}`],
      clientId: 'denied',
      logger,
      onProduced: () => void produced++,
    });
    const announce = (lane: Lane) => producer.announce({ task_id: Bun.randomUUIDv7(), lane });
    try {
      producer.start();
      await eventually('it is connected', () => producer.health().connected);
      announce('high');
      await eventually('its message is dropped', () => producer.health().dropped === 1);
      expect(producer.health()).toEqual({ connected: false, buffered: 0, dropped: 1 });
      announce('normal');
      await eventually('another message is accepted', () => produced === 1);
      expect(producer.health()).toEqual({ connected: false, buffered: 0, dropped: 1 });
      const now = performance.now();
      using _later = spyOn(performance, 'now').mockImplementation(() => now + 61_000);
      expect(producer.health().connected).toBeTrue();
    } finally {
      await producer.stop();
      closeProxy();
      await broker.stop();
    }
  },
  30_000,
);
