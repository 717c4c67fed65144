import { describe, expect, test } from 'bun:test';
import type { BrokerSettings } from '../settings.ts';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, produce, receiveFetch, sendFetch } from '../testing/requests.ts';
import { type RunningBroker, runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { frame } from '../testing/wire-client.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { Writer } from '../wire/writer.ts';
import { ApiKey } from './apis.ts';

const lastReason = (running: RunningBroker) => String(running.logged.at(-1)?.fields.reason);

async function expectAlive(running: RunningBroker): Promise<void> {
  const client = await running.connect();
  expect((await client.call(ApiKey.ApiVersions, 0)).int16()).toBe(ErrorCode.NONE);
  client.close();
}

describe('ApiVersions', () => {
  test('of version 3 is flexible, but its response header is not', async () => {
    await using running = runBroker();
    const client = await running.connect();
    const reader = await client.call(ApiKey.ApiVersions, 3, (w) => {
      // Request header v2 ends with its tagged fields.
      w.flexible = true;
      w.tags();
      w.string('library');
      w.string('1.0');
      w.tags();
    });
    reader.flexible = true;
    expect(reader.int16()).toBe(ErrorCode.NONE);
    const keys = reader.array((r) => {
      const range = [r.int16(), r.int16(), r.int16()];
      r.tags();
      return range;
    });
    expect(keys).toContainEqual([ApiKey.Produce, 0, 7]);
    expect(keys).toContainEqual([ApiKey.Fetch, 4, 11]);
  });

  test('of an unknown version gets error 35 in the oldest form', async () => {
    await using running = runBroker();
    const client = await running.connect();
    const reader = await client.call(ApiKey.ApiVersions, 99);
    expect(reader.int16()).toBe(ErrorCode.UNSUPPORTED_VERSION);
    expect(reader.array((r) => [r.int16(), r.int16(), r.int16()]).length).toBeGreaterThan(20);
    expect(reader.remaining).toBe(0);
  });
});

describe('framing', () => {
  test('requests may arrive byte by byte, or many at once, and are answered in order', async () => {
    await using running = runBroker();
    const client = await running.connect();
    const requests = Buffer.concat([1, 2, 3].map((id) => frame(ApiKey.ApiVersions, 0, id, () => {})));
    for (const byte of requests) client.socket.write(Buffer.of(byte));
    for (const id of [1, 2, 3]) expect((await client.receive()).int32()).toBe(id);
    client.socket.write(requests);
    for (const id of [1, 2, 3]) expect((await client.receive()).int32()).toBe(id);
  });

  test.each([0, 9, -1, 2 ** 31 - 1, 8 * 1024 * 1024 + 1])(
    'a length of %p closes the connection',
    async (length) => {
      await using running = runBroker();
      const client = await running.connect();
      const bytes = Buffer.alloc(64);
      bytes.writeInt32BE(length);
      client.socket.write(bytes);
      await client.closed;
      expect(lastReason(running)).toContain(`a request of ${length} bytes`);
      await expectAlive(running);
    },
  );

  test('an unknown api or version closes the connection and says which', async () => {
    await using running = runBroker();
    for (const [key, version] of [
      [ApiKey.Fetch, 12],
      [ApiKey.Fetch, 3],
      [24, 0],
      [-7, -7],
    ] as const) {
      const client = await running.connect();
      client.send(key, version);
      await client.closed;
      expect(lastReason(running)).toContain(`api ${key} version ${version}`);
    }
    await expectAlive(running);
  });
});

describe('answers', () => {
  const metadataOf = (names: string[]) => (w: Writer) => {
    w.array(names, (name) => w.string(name));
    w.boolean(true);
  };

  test('a topic that is named a thousand times is told of once', async () => {
    await using running = runBroker();
    const client = await running.connect();
    await createTopic(client, 't');
    const [once, often] = [['t'], Array.from({ length: 1_000 }, () => 't')];
    const answerTo = async (names: string[]) =>
      (await client.call(ApiKey.Metadata, 4, metadataOf(names))).remaining;
    expect(await answerTo(often)).toBe(await answerTo(once));
  });

  test('many topics in one request hold up nobody for long; one that is named twice is refused twice', async () => {
    await using running = runBroker();
    const client = await running.connect();
    const names = [...Array.from({ length: 50_000 }, (_, i) => `not/a/topic/${i}`), 'twice', 'twice'];
    const reader = await client.call(ApiKey.CreateTopics, 2, (w) => {
      w.array(names, (name) => {
        w.string(name);
        w.int32(1);
        w.int16(1);
        w.arrayLength(0);
        w.arrayLength(0);
      });
      w.int32(1000);
      w.boolean(false);
    });
    reader.int32();
    const errors = reader.array((r) => {
      r.string();
      const error = r.int16();
      r.nullableString();
      return error;
    });
    expect(errors[0]).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
    expect(errors.slice(-2)).toEqual([ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST]);
  });

  test('what is too long for a string is cut', async () => {
    await using running = runBroker();
    const client = await running.connect();
    const settingOf = async (name: string, value: string) => {
      const reader = await client.call(ApiKey.CreateTopics, 2, (w) => {
        w.arrayLength(1);
        w.string('t');
        w.int32(1);
        w.int16(1);
        w.arrayLength(0);
        w.arrayLength(1);
        w.string(name);
        w.nullableString(value);
        w.int32(1000);
        w.boolean(false);
      });
      reader.int32();
      return reader.array((r) => ({ name: r.string(), error: r.int16(), message: r.string() }))[0]!;
    };
    const { error, message } = await settingOf('retention.ms', 'x'.repeat(32_760));
    expect(error).toBe(ErrorCode.INVALID_CONFIG);
    expect(message.length).toBe(10_000);
    // A byte that is no UTF-8 is read as a character of three.
    client.send(ApiKey.Metadata, 4, (w) => {
      w.arrayLength(1);
      w.int16(20_000);
      const { buffer, offset } = w.reserve(20_000);
      buffer.fill(0xff, offset);
      w.boolean(false);
    });
    expect((await client.receive()).remaining).toBeGreaterThan(30_000);
    expect(running.logged.filter(({ msg }) => msg === 'a request failed')).toEqual([]);
  });
});

describe('time limits', () => {
  test('a request that does not arrive whole is given up', async () => {
    await using running = runBroker({ stuckTimeoutMs: 50 });
    const client = await running.connect();
    client.socket.write(frame(ApiKey.ApiVersions, 0, 1, () => {}).subarray(0, 9));
    await client.closed;
    expect(lastReason(running)).toBe('an incomplete request');
  });

  /** A broker that has so short a patience, and a topic from when it had more: nothing but what is tested is to meet it. */
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

  test('an idle connection is closed, one with a parked request is not', async () => {
    await using started = await impatient({ idleTimeoutMs: 50 });
    const { running } = started;
    const waiting = await running.connect();
    sendFetch(waiting, 't', { waitMs: 300 });
    const idle = await running.connect();
    await idle.closed;
    expect((await receiveFetch(waiting)).error).toBe(ErrorCode.NONE);
  });

  test('a response that nobody reads is given up', async () => {
    const batch = makeBatch({ values: ['x'.repeat(1_000_000)], baseTimestamp: Date.now() });
    await using started = await impatient({ stuckTimeoutMs: 50 }, Array(4).fill(batch));
    const { running } = started;
    const client = await running.connect();
    client.socket.pause();
    for (let i = 0; i < 5; i++) sendFetch(client, 't', { bytesMax: 8 * 1024 * 1024 });
    while (running.logged.at(-1)?.fields.reason === undefined) await Bun.sleep(5);
    expect(lastReason(running)).toBe('a response that is not read');
  });
});

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('fuzzing', () => {
  test.each([1, 2, 3])('random bodies for every api leave the broker alive (seed %p)', async (seed) => {
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
          const { buffer, offset } = w.reserve(body.length);
          body.copy(buffer, offset);
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
      const request = frame(ApiKey.Produce, 7, 1, (w) => {
        w.nullableString(null);
        w.int16(-1);
        w.int32(1000);
        w.array(['t'], (name) => {
          w.string(name);
          w.arrayLength(1);
          w.int32(0);
          w.bytes(batch);
        });
      });
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

/** Mostly small values, so that lengths and counts are often believable. */
function randomByte(random: () => number): number {
  const kind = random();
  if (kind < 0.5) return 0;
  return kind < 0.8 ? Math.floor(random() * 4) : Math.floor(random() * 256);
}
