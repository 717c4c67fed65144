import { describe, expect, test } from 'bun:test';
import { createTopic } from '../testing/requests.ts';
import { expectAlive, lastReason, runBroker } from '../testing/running-broker.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { Writer } from '../wire/writer.ts';
import { ApiKey } from './apis.ts';

test('version 3 of ApiVersions has the compact form, but its response header has not', async () => {
  await using running = runBroker();
  const client = await running.connect();
  const reader = await client.call(ApiKey.ApiVersions, 3);
  expect(reader.int16()).toBe(ErrorCode.NONE);
  const ranges = Array.from({ length: reader.int8() - 1 }, () => {
    const range = [reader.int16(), reader.int16(), reader.int16()];
    expect(reader.int8()).toBe(0);
    return range;
  });
  expect(ranges).toContainEqual([ApiKey.Produce, 0, 7]);
  expect(ranges).toContainEqual([ApiKey.Fetch, 4, 11]);
  expect([reader.int32(), reader.int8(), reader.remaining]).toEqual([0, 0, 0]);
});

describe('framing', () => {
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

describe('responses', () => {
  const metadataOf = (names: string[]) => (w: Writer) => {
    w.array(names, (name) => w.string(name));
    w.boolean(true);
  };

  test('describe a topic once, though it is named a thousand times', async () => {
    await using running = runBroker();
    const client = await running.connect();
    await createTopic(client, 't');
    const [once, often] = [['t'], Array.from({ length: 1_000 }, () => 't')];
    const answerTo = async (names: string[]) =>
      (await client.call(ApiKey.Metadata, 4, metadataOf(names))).remaining;
    expect(await answerTo(often)).toBe(await answerTo(once));
  });

  test('many topics that one request creates hold up nobody, and are no more than its client waits for', async () => {
    await using running = runBroker();
    const [client, other] = [await running.connect(), await running.connect()];
    const names = Array.from({ length: 2_000 }, (_, i) => `t${i}`);
    client.send(ApiKey.Metadata, 4, metadataOf(names));
    const answer = client.receive().then(
      () => 'answered',
      () => 'closed',
    );
    const created = () => running.logged.filter(({ msg }) => msg === 'created topic').length;
    while (created() === 0) await other.call(ApiKey.ApiVersions, 0);
    client.close();
    expect(await answer).toBe('closed');
    for (let before = -1; before !== created(); ) {
      before = created();
      for (const _ of [1, 2, 3]) await other.call(ApiKey.ApiVersions, 0);
    }
    expect(created()).toBeLessThan(names.length);
  });

  test('a request that names 50,000 topics is answered; one that it names twice is refused twice', async () => {
    await using running = runBroker();
    const client = await running.connect();
    // To compare each with all others would take longer than a test may.
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

  test('text too long for a string is cut', async () => {
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
    // An invalid UTF-8 byte is read as a three-byte character.
    client.send(ApiKey.Metadata, 4, (w) => {
      w.arrayLength(1);
      w.int16(20_000);
      const offset = w.reserve(20_000);
      w.buffer.fill(0xff, offset);
      w.boolean(false);
    });
    expect((await client.receive()).remaining).toBeGreaterThan(30_000);
    expect(running.logged.filter(({ msg }) => msg === 'a request failed')).toEqual([]);
  });
});
