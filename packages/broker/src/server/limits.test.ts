import { describe, expect, jest, setSystemTime, test } from 'bun:test';
import type { BrokerSettings } from '../settings.ts';
import { makeBatch } from '../testing/batches.ts';
import {
  createTopic,
  encodeProduce,
  produce,
  receiveFetch,
  receiveProduce,
  sendFetch,
} from '../testing/requests.ts';
import { expectAlive, lastReason, runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { frame } from '../testing/wire-client.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { ApiKey } from './apis.ts';

/** A broker with a timeout this short, and a topic created under a longer one: only what is tested should meet it. */
async function impatient(settings: Partial<BrokerSettings>, batches: readonly Buffer[] = []) {
  const folder = temporaryFolder();
  {
    await using patient = runBroker({ dataDir: folder.path });
    const client = await patient.connect();
    await createTopic(client, 't');
    for (const batch of batches) await produce(client, 't', Buffer.from(batch));
  }
  const running = runBroker({ dataDir: folder.path, ...settings });
  return {
    running,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('time limits', () => {
  test('a request that does not arrive in full is dropped', async () => {
    await using running = runBroker({ stuckTimeoutMs: 50 });
    const client = await running.connect();
    client.socket.write(frame(ApiKey.ApiVersions, 0, 1, () => {}).subarray(0, 9));
    await client.closed;
    expect(lastReason(running)).toBe('request not sent in time');
  });

  test('requests that follow each other without a pause do not count as one that is incomplete', async () => {
    await using running = runBroker({ stuckTimeoutMs: 50 });
    const client = await running.connect();
    const request = frame(ApiKey.ApiVersions, 0, 1, () => {});
    const [head, tail] = [request.subarray(0, 9), request.subarray(9)];
    // Otherwise a stall of the machine would be the pause.
    jest.useFakeTimers();
    try {
      client.socket.write(head);
      for (let round = 0; round < 5; round++) {
        client.socket.write(Buffer.concat([tail, head]));
        expect((await client.receive()).int32()).toBe(1);
        jest.advanceTimersByTime(30);
      }
    } finally {
      jest.useRealTimers();
    }
  });

  test('an idle connection is closed; one with a parked request is not', async () => {
    await using started = await impatient({ idleTimeoutMs: 50 });
    const { running } = started;
    const waiting = await running.connect();
    sendFetch(waiting, 't', { waitMs: 300 });
    const idle = await running.connect();
    await idle.closed;
    expect((await receiveFetch(waiting)).error).toBe(ErrorCode.NONE);
  });

  test('an idle connection is closed even if the clock is set back meanwhile', async () => {
    await using started = await impatient({ idleTimeoutMs: 50 });
    const idle = await started.running.connect();
    try {
      setSystemTime(new Date('2026-01-01'));
      await idle.closed;
    } finally {
      setSystemTime();
    }
  });

  test('a response that nobody reads is dropped', async () => {
    const batch = makeBatch({ values: ['x'.repeat(1_000_000)], baseTimestamp: Date.now() });
    await using started = await impatient({ stuckTimeoutMs: 50 }, Array(4).fill(batch));
    const { running } = started;
    const client = await running.connect();
    client.socket.pause();
    for (let i = 0; i < 5; i++) sendFetch(client, 't', { bytesMax: 8 * 1024 * 1024 });
    while (running.logged.at(-1)?.fields.reason === undefined) await Bun.sleep(5);
    expect(lastReason(running)).toBe('response not read in time');
  });
});

describe('room for large requests', () => {
  const produceRequest = frame(
    ApiKey.Produce,
    7,
    1,
    encodeProduce('t', makeBatch({ values: ['x'.repeat(200_000)] })),
  );
  const [begin, end] = [produceRequest.subarray(0, -1), produceRequest.subarray(-1)];

  test('a request that finds none waits its turn; small ones do not', async () => {
    await using started = await impatient({ unfinishedBytesMax: 1 });
    const { running } = started;
    const [first, second, third] = [
      await running.connect(),
      await running.connect(),
      await running.connect(),
    ];
    first.socket.write(begin);
    await expectAlive(running);
    second.socket.write(produceRequest);
    third.socket.write(produceRequest);
    await expectAlive(running);
    first.socket.write(end);
    const offsets = [];
    for (const client of [first, second, third]) offsets.push((await receiveProduce(client)).baseOffset);
    expect(offsets[0]).toBe(0);
    expect(offsets.toSorted()).toEqual([0, 1, 2]);
  });

  test('is freed by a request that stalls; only then does the time of those waiting start', async () => {
    await using started = await impatient({ unfinishedBytesMax: 1, stuckTimeoutMs: 300 });
    const { running } = started;
    const [stalls, waits] = [await running.connect(), await running.connect()];
    jest.useFakeTimers();
    try {
      stalls.socket.write(begin);
      await expectAlive(running);
      jest.advanceTimersByTime(100);
      waits.socket.write(begin);
      await expectAlive(running);
      jest.advanceTimersByTime(250);
      await stalls.closed;
      expect(lastReason(running)).toBe('request not sent in time');
      jest.advanceTimersByTime(200);
      waits.socket.write(end);
      expect((await receiveProduce(waits)).error).toBe(ErrorCode.NONE);
    } finally {
      jest.useRealTimers();
    }
  });
});

test('a connection beyond the maximum is closed; the log says so once', async () => {
  await using running = runBroker({ connectionsMax: 2 });
  const clients = [await running.connect(), await running.connect()];
  for (let i = 0; i < 3; i++) await (await running.connect()).closed;
  const refusals = () => running.logged.filter(({ msg }) => msg.startsWith('refusing connections'));
  expect(refusals()).toEqual([{ msg: expect.any(String), fields: { connectionsMax: 2 } }]);
  clients[0]!.close();
  // The broker learns of it from another socket than the next one.
  const isServed = async () => {
    const client = await running.connect();
    client.send(ApiKey.ApiVersions, 0);
    return client.receive().then(
      () => true,
      () => false,
    );
  };
  while (!(await isServed()));
});
