import { expect, test } from 'bun:test';
import { ApiKey } from '../server/apis.ts';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, produce } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { ErrorCode } from '../wire/error-codes.ts';

test('a special timestamp of a later version is refused, not taken for a time', async () => {
  await using running = runBroker();
  const client = await running.connect();
  await createTopic(client, 't');
  await produce(client, 't', makeBatch({ values: ['v'], baseTimestamp: Date.now() }));
  const ask = async (timestamp: number) => {
    const reader = await client.call(ApiKey.ListOffsets, 1, (w) => {
      w.int32(-1);
      w.array(['t'], (name) => {
        w.string(name);
        w.arrayLength(1);
        w.int32(0);
        w.int64(timestamp);
      });
    });
    const [topic] = reader.array((t) => {
      t.string();
      return t.array((p) => {
        p.int32();
        const error = p.int16();
        p.int64();
        return { error, offset: p.int64() };
      });
    });
    return topic![0];
  };
  expect(await ask(-1)).toEqual({ error: ErrorCode.NONE, offset: 1 });
  expect(await ask(-2)).toEqual({ error: ErrorCode.NONE, offset: 0 });
  expect(await ask(-3)).toEqual({ error: ErrorCode.UNSUPPORTED_VERSION, offset: -1 });
});
