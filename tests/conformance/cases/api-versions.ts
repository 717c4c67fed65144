import { describe, expect, test } from 'bun:test';
import * as kafka from '@platformatic/kafka';
import { type API, apiVersionsV0, apiVersionsV3, type Connection } from '@platformatic/kafka';
import type { Lab } from '../lab.ts';
import { answer, connectionsTo } from '../wire/connections.ts';

/** Requests that any broker answers without an error in every version it advertises, by codec name. */
const REQUESTS: Record<string, (topic: string, group: string) => unknown[]> = {
  produce: (topic) => [-1, 10_000, [{ topic, partition: 0, value: Buffer.from('v') }], { producerEpoch: -1 }],
  fetch: (topic) => [0, 1, 1_000_000, 0, 0, -1, [{ topicId: topic, partitions: [fetchPartition] }], [], ''],
  listOffsets: (topic) => [-1, 0, [{ name: topic, partitions: [listPartition] }]],
  metadata: (topic) => [[topic], false, false, false],
  offsetFetch: (topic, group) => [
    [{ groupId: group, topics: [{ name: topic, partitionIndexes: [0] }] }],
    false,
  ],
  findCoordinator: (_, group) => [0, [group]],
  describeGroups: (_, group) => [[group], false],
  listGroups: () => [[], []],
  apiVersions: () => ['conformance', '1'],
  initProducerId: () => [null, 60_000, -1n, -1],
};
const fetchPartition = {
  partition: 0,
  currentLeaderEpoch: -1,
  fetchOffset: 0n,
  lastFetchedEpoch: -1,
  partitionMaxBytes: 1_000_000,
};
const listPartition = { partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1n };

// Later versions identify topics by id and treat an absent group as an error: requests of their own.
const HIGHEST: Record<string, number> = { fetch: 12, produce: 12, describeGroups: 5 };

export function apiVersions(lab: Lab): void {
  describe('ApiVersions', () => {
    const connect = connectionsTo(lab);

    test('every version answers with the same list', async () => {
      const connection = await connect();
      const oldest = await apiVersionsV0.api.async(connection, '', '');
      const newest = await apiVersionsV3.api.async(connection, 'conformance', '1');
      const ranges = ({ apiKeys }: typeof oldest) =>
        apiKeys.map(({ apiKey, minVersion, maxVersion }) => ({ apiKey, minVersion, maxVersion }));
      expect(ranges(newest)).toEqual(ranges(oldest));
    });

    test('ranges are valid, and each api is listed once', async () => {
      const { apiKeys } = await apiVersionsV0.api.async(await connect(), '', '');
      expect(new Set(apiKeys.map((api) => api.apiKey)).size).toBe(apiKeys.length);
      for (const { minVersion, maxVersion } of apiKeys) {
        expect(minVersion).toBeWithin(0, maxVersion + 1);
      }
    });

    test('librdkafka is offered Produce from 0, without which it compresses nothing', async () => {
      const { apiKeys } = await apiVersionsV0.api.async(await connect(), '', '');
      expect(apiKeys.find((api) => api.name === 'Produce')?.minVersion).toBe(0);
    });

    for (const [api, request] of Object.entries(REQUESTS)) {
      test(`every advertised version of ${api} is answered in its own format`, async () => {
        const connection = await connect();
        const [topic, group] = [await lab.topic(), lab.name('group')];
        const versions = await advertised(connection, api);
        expect(versions.length).toBeGreaterThan(0);
        for (const { version, codec } of versions) {
          const { errors } = await answer(codec.async(connection, ...request(topic, group)));
          expect({ version, errors }).toEqual({ version, errors: [] });
        }
      });
    }
  });
}

/** The versions that the broker advertises and the client has a codec for. */
async function advertised(connection: Connection, api: string) {
  const { apiKeys } = await apiVersionsV0.api.async(connection, '', '');
  const codecs = kafka as unknown as Record<string, { api: API<unknown[], unknown> } | undefined>;
  const known = Array.from({ length: 20 }, (_, version) => ({
    version,
    codec: codecs[`${api}V${version}`]?.api,
  }));
  const range = apiKeys.find((entry) => entry.apiKey === known.find(({ codec }) => codec)?.codec?.key);
  return known.flatMap(({ version, codec }) => {
    const within = range && version >= range.minVersion && version <= range.maxVersion;
    return codec && within && version <= (HIGHEST[api] ?? 99) ? [{ version, codec }] : [];
  });
}
