import { expect, test } from 'bun:test';
import { ApiKey } from '../server/apis.ts';
import { createTopic } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { ErrorCode } from '../wire/error-codes.ts';

test('an offset is refused if there is no such partition, or its metadata is too long; others are stored', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  const commit = async (topic: string, partition: number, metadata: string) => {
    const reader = await client.call(ApiKey.OffsetCommit, 2, (w) => {
      w.string('group');
      w.int32(-1);
      w.string('');
      w.int64(-1);
      w.array([topic], (name) => {
        w.string(name);
        w.arrayLength(1);
        w.int32(partition);
        w.int64(5);
        w.nullableString(metadata);
      });
    });
    const [errors] = reader.array((t) => {
      t.string();
      return t.array((p) => [p.int32(), p.int16()][1]);
    });
    return errors?.[0];
  };
  // A late commit for a deleted topic would be where the group begins in a new one.
  expect(await commit('deleted', 0, '')).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  expect(await commit('t', 1, '')).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  expect(await commit('t', 0, 'm'.repeat(4097))).toBe(ErrorCode.OFFSET_METADATA_TOO_LARGE);
  expect(await commit('t', 0, 'm'.repeat(4096))).toBe(ErrorCode.NONE);
});
