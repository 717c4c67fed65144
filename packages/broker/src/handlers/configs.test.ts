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

async function alter(client: WireClient, configs: Record<string, string>): Promise<[number, string | null]> {
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
  reader.int32();
  return reader.array((r): [number, string | null] => {
    const outcome: [number, string | null] = [r.int16(), r.nullableString()];
    r.int8();
    r.string();
    return outcome;
  })[0]!;
}

/** The settings that a topic does not share with all others. */
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

test('settings of a topic are those of the last request, also after a restart', async () => {
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

test.each([
  ['retention.ms', 'soon', 'must be an integer'],
  ['cleanup.policy', 'compact', 'supports only "delete"'],
  ['flush.ms', '1', 'unknown setting'],
  ['constructor', '1', 'unknown setting'],
])('%s=%s is refused, and nothing changed', async (name, value, reason) => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  const [error, message] = await alter(client, { 'retention.ms': '5000', [name]: value });
  expect(error).toBe(ErrorCode.INVALID_CONFIG);
  expect(message).toContain(reason);
  expect(await ownConfigs(client)).toEqual({});
});

test('settings that could not be stored do not hold', async () => {
  using folder = temporaryFolder();
  await using running = runBroker({ dataDir: folder.path });
  const client = await running.connect();
  await createTopic(client, 't');
  mkdirSync(join(folder.path, 'topics', 't', 'topic.json.tmp'));
  expect((await alter(client, { 'retention.ms': '5000' }))[0]).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  expect(await ownConfigs(client)).toEqual({});
});
