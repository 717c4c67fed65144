import { expect, test } from 'bun:test';
import { startBroker } from '@millrace/broker';
import { freePort } from '@millrace/devstack';
import { createEventReader } from '@millrace/stream';
import { temporaryFolder } from '../temporary-folder.ts';
import { eventually } from '../waiting.ts';
import { BEHIND, startAnswerProxy } from './answer-proxy.ts';
import { recordingLogger } from './lab.ts';

const LIST_OFFSETS = 2;

test.skipIf(process.platform !== 'linux')(
  'an event reader is connected once it knows where to read from, not when it has joined',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const broker = startBroker({ dataDir: folder.path, host: BEHIND, port, advertisedHost: '127.0.0.1' });
    const held: (() => void)[] = [];
    let isHolding = true;
    const closeProxy = await startAnswerProxy(port, (apiKey, _answer, send) => {
      if (apiKey === LIST_OFFSETS && isHolding) held.push(send);
      else send();
    });
    let gaps = 0;
    const reader = createEventReader({
      brokers: [`127.0.0.1:${port}`],
      clientId: 'ends',
      logger: recordingLogger().logger,
      onEvents() {},
      onGap: () => void gaps++,
    });
    try {
      reader.start();
      // It asks once it has joined.
      await eventually('it has asked for the ends', () => held.length > 0);
      expect([reader.health().connected, gaps]).toEqual([false, 0]);
      isHolding = false;
      for (const send of held) send();
      await eventually('it is connected', () => reader.health().connected);
      expect(gaps).toBe(1);
    } finally {
      await reader.stop();
      closeProxy();
      await broker.stop();
    }
  },
  30_000,
);
