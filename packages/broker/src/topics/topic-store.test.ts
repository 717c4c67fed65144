import { expect, test } from 'bun:test';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBatch } from '../testing/batches.ts';
import { createTopic, deleteTopic, fetch, produce } from '../testing/requests.ts';
import { runBroker } from '../testing/running-broker.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

test('nothing of a topic whose file is unreadable comes back in a new topic of that name', async () => {
  using folder = temporaryFolder();
  using afterKill = temporaryFolder();
  {
    await using running = runBroker({ dataDir: folder.path });
    const client = await running.connect();
    await createTopic(client, 't');
    for (const value of ['a', 'b', 'c']) await produce(client, 't', makeBatch({ values: [value] }));
  }
  writeFileSync(join(folder.path, 'topics', 't', 'topic.json'), '');
  const batch = makeBatch({ values: ['d'] });
  {
    await using running = runBroker({ dataDir: folder.path });
    const client = await running.connect();
    await createTopic(client, 't');
    await produce(client, 't', Buffer.from(batch));
    cpSync(folder.path, afterKill.path, { recursive: true });
    rmSync(join(afterKill.path, 'lock'));
  }
  await using restarted = runBroker({ dataDir: afterKill.path });
  const { highWatermark, records } = await fetch(await restarted.connect(), 't');
  expect({ highWatermark, bytes: records.length }).toEqual({ highWatermark: 1, bytes: batch.length });
});

test('a topic that is deleted and created again keeps its new records over a restart', async () => {
  using folder = temporaryFolder();
  const settings = { dataDir: folder.path };
  {
    await using running = runBroker(settings);
    const client = await running.connect();
    await createTopic(client, 't');
    await produce(client, 't', makeBatch({ values: ['old', 'older'] }));
    await deleteTopic(client, 't');
    await createTopic(client, 't');
    await produce(client, 't', makeBatch({ values: ['new'] }));
  }
  await using restarted = runBroker(settings);
  expect((await fetch(await restarted.connect(), 't')).highWatermark).toBe(1);
});
