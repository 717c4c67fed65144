import { describe, expect, test } from 'bun:test';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, encodeProduce, produce } from '../testing/requests.ts';
import { expectAlive, runBroker } from '../testing/running-broker.ts';
import { seeded } from '../testing/seeded.ts';
import { frame } from '../testing/wire-client.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { ApiKey } from './apis.ts';

describe('fuzzing', () => {
  test.each([1, 2, 3])('random bodies for every api do not kill the broker (seed %p)', async (seed) => {
    await using running = runBroker();
    const random = seeded(seed);
    const keys = Object.values(ApiKey);
    for (let round = 0; round < 400; round++) {
      const client = await running.connect();
      const key = keys[Math.floor(random() * keys.length)]!;
      const version = Math.floor(random() * 12);
      const body = Buffer.from(Array.from({ length: Math.floor(random() * 80) }, () => randomByte(random)));
      client.socket.end(
        frame(key, version, round, (w) => {
          const offset = w.reserve(body.length);
          body.copy(w.buffer, offset);
        }),
      );
      await client.closed;
    }
    await expectAlive(running);
    const broken = running.logged.filter(({ msg }) => msg === 'a request failed');
    expect(broken).toEqual([]);
  });

  test.each([11, 12])(
    'valid requests with flipped bytes leave the broker and its records intact (seed %p)',
    async (seed) => {
      await using running = runBroker();
      const random = seeded(seed);
      const admin = await running.connect();
      await createTopic(admin, 't');
      const batch = makeBatch({ values: ['value'] });
      const request = frame(ApiKey.Produce, 7, 1, encodeProduce('t', batch));
      for (let round = 0; round < 300; round++) {
        const client = await running.connect();
        const damaged = Buffer.from(request);
        for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--) {
          damaged[4 + Math.floor(random() * (damaged.length - 4))]! ^= 1 << Math.floor(random() * 8);
        }
        client.socket.end(damaged);
        await client.closed;
      }
      await expectAlive(running);
      expect((await produce(admin, 't', Buffer.from(batch))).error).toBe(ErrorCode.NONE);
      expect(running.logged.filter(({ msg }) => msg === 'a request failed')).toEqual([]);
    },
  );
});

/** Mostly small values, so that lengths and counts are often plausible. */
function randomByte(random: () => number): number {
  const kind = random();
  if (kind < 0.5) return 0;
  return kind < 0.8 ? Math.floor(random() * 4) : Math.floor(random() * 256);
}
