import { expect, test } from 'bun:test';
import { startBroker } from '@millrace/broker';
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
  'a producer that may not write is not connected, until a message is accepted',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const broker = startBroker({ dataDir: folder.path, host: BEHIND, port, advertisedHost: '127.0.0.1' });
    let mayWrite = false;
    const closeProxy = await startAnswerProxy(port, (apiKey, answer, send) => {
      if (apiKey === PRODUCE && !mayWrite) deny(answer);
      send();
    });
    const { logger } = recordingLogger();
    const producer = createTaskProducer({ brokers: [`127.0.0.1:${port}`], clientId: 'denied', logger });
    const announce = () => producer.announce({ task_id: Bun.randomUUIDv7(), lane: 'high' });
    try {
      producer.start();
      await eventually('it is connected', () => producer.health().connected);
      announce();
      await eventually('its message is dropped', () => producer.health().dropped === 1);
      expect(producer.health()).toEqual({ connected: false, buffered: 0, dropped: 1 });
      mayWrite = true;
      announce();
      await eventually('it is connected again', () => producer.health().connected);
    } finally {
      await producer.stop();
      closeProxy();
      await broker.stop();
    }
  },
  30_000,
);
