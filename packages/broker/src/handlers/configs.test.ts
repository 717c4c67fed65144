import { expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiKey } from '../server/apis.ts';
import { createTopic } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { WireClient } from '../testing/wire-client.ts';
import { ConfigSource, RESOURCE_TOPIC } from '../wire/describe-configs.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { Reader } from '../wire/reader.ts';

type Outcome = [number, string | null];

async function alter(client: WireClient, configs: Record<string, string>): Promise<Outcome> {
  const reader = await client.call(ApiKey.AlterConfigs, 1, (w) => {
    w.arrayLength(1);
    w.int8(RESOURCE_TOPIC);
    w.string('t');
    w.array(Object.entries(configs), ([name, value]) => {
      w.string(name);
      w.nullableString(value);
    });
    w.boolean(false);
  });
  return alteredTopic(reader);
}

async function change(client: WireClient, ...changes: [string, number, string | null][]): Promise<Outcome> {
  const reader = await client.call(ApiKey.IncrementalAlterConfigs, 0, (w) => {
    w.arrayLength(1);
    w.int8(RESOURCE_TOPIC);
    w.string('t');
    w.array(changes, ([name, operation, value]) => {
      w.string(name);
      w.int8(operation);
      w.nullableString(value);
    });
    w.boolean(false);
  });
  return alteredTopic(reader);
}

function alteredTopic(reader: Reader): Outcome {
  reader.int32();
  return reader.array((r) => {
    const outcome: Outcome = [r.int16(), r.nullableString()];
    r.int8();
    r.string();
    return outcome;
  })[0]!;
}

/** The settings in which a topic differs from the defaults. */
async function ownConfigs(client: WireClient): Promise<Record<string, string>> {
  const reader = await client.call(ApiKey.DescribeConfigs, 1, (w) => {
    w.arrayLength(1);
    w.int8(RESOURCE_TOPIC);
    w.string('t');
    w.arrayLength(-1);
    w.boolean(false);
  });
  reader.int32();
  const [entries] = reader.array((r) => {
    r.int16();
    r.nullableString();
    r.int8();
    r.string();
    return r.array((e) => {
      const entry = { name: e.string(), value: e.nullableString()! };
      e.boolean();
      const source = e.int8();
      e.boolean();
      e.array(() => {});
      return { ...entry, source };
    });
  });
  const own = entries!.filter(({ source }) => source === ConfigSource.TOPIC);
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}

test('only topics have settings', async () => {
  await using running = runBroker();
  const client = await running.connect();
  const BROKER = 4;
  const reader = await client.call(ApiKey.DescribeConfigs, 1, (w) => {
    w.arrayLength(1);
    w.int8(BROKER);
    w.string('1');
    w.arrayLength(-1);
    w.boolean(false);
  });
  reader.int32();
  const [count, error, message] = [reader.int32(), reader.int16(), reader.string()];
  expect([count, error, message]).toEqual([
    1,
    ErrorCode.INVALID_REQUEST,
    expect.stringContaining('startup options'),
  ]);
});

test('topic settings are those of the last request, after a restart too', async () => {
  using folder = temporaryFolder();
  {
    await using running = runBroker({ dataDir: folder.path });
    const client = await running.connect();
    await createTopic(client, 't');
    expect(await ownConfigs(client)).toEqual({});
    expect(await alter(client, { 'retention.ms': '5000', 'segment.bytes': '2048' })).toEqual([0, null]);
    expect(await alter(client, { 'retention.ms': '6000', 'cleanup.policy': 'delete' })).toEqual([0, null]);
    expect(await ownConfigs(client)).toEqual({ 'retention.ms': '6000' });
  }
  await using running = runBroker({ dataDir: folder.path });
  expect(await ownConfigs(await running.connect())).toEqual({ 'retention.ms': '6000' });
});

test('single settings are changed and reset; the others stay', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  await alter(client, { 'retention.ms': '5000', 'segment.bytes': '2048' });
  const [SET, DELETE, APPEND] = [0, 1, 2];
  expect(await change(client, ['retention.ms', SET, '6000'], ['cleanup.policy', SET, 'delete'])).toEqual([
    0,
    null,
  ]);
  expect(await ownConfigs(client)).toEqual({ 'retention.ms': '6000', 'segment.bytes': '2048' });
  expect(await change(client, ['segment.bytes', DELETE, null], ['retention.bytes', SET, '7'])).toEqual([
    0,
    null,
  ]);
  const kept = { 'retention.ms': '6000', 'retention.bytes': '7' };
  expect(await ownConfigs(client)).toEqual(kept);
  for (const refused of [
    ['flush.ms', SET, '1'],
    ['cleanup.policy', APPEND, 'compact'],
  ] as const) {
    expect((await change(client, ['retention.ms', DELETE, null], [...refused]))[0]).toBe(
      ErrorCode.INVALID_CONFIG,
    );
  }
  expect(await ownConfigs(client)).toEqual(kept);
});

test.each([
  ['retention.ms', 'soon', 'must be an integer'],
  ['retention.ms', '', 'must be an integer'],
  ['segment.bytes', '1023', 'must be an integer'],
  ['cleanup.policy', 'compact', 'supports only "delete"'],
  ['flush.ms', '1', 'unknown setting'],
  ['constructor', '1', 'unknown setting'],
])('%s=%s is refused and changes nothing', async (name, value, reason) => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  const [error, message] = await alter(client, { 'retention.ms': '5000', [name]: value });
  expect(error).toBe(ErrorCode.INVALID_CONFIG);
  expect(message).toContain(reason);
  expect(await ownConfigs(client)).toEqual({});
});

test('settings that cannot be stored do not apply', async () => {
  using folder = temporaryFolder();
  await using running = runBroker({ dataDir: folder.path });
  const client = await running.connect();
  await createTopic(client, 't');
  mkdirSync(join(folder.path, 'topics', 't', 'topic.json.tmp'));
  expect((await alter(client, { 'retention.ms': '5000' }))[0]).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect(await ownConfigs(client)).toEqual({});
});
