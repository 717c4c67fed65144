import { expect, test } from 'bun:test';
import type { BrokerContext } from '../server/context.ts';
import { resolveSettings } from '../settings.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { TopicStore } from '../topics/topic-store.ts';
import { Reader } from '../wire/reader.ts';
import { handleMetadata } from './metadata.ts';

test('a topic deleted while all topics are described does not come back', async () => {
  using folder = temporaryFolder();
  const settings = resolveSettings({ dataDir: folder.path });
  const logger = () => {};
  const topics = new TopicStore(folder.path, 8, logger);
  topics.create('t', 1);
  const broker = { settings, topics, logger, clusterId: 'c', advertised: { host: 'h', port: 1 } };
  // All topics: -1 names; and it would create those that it names.
  const request = Buffer.from([0xff, 0xff, 0xff, 0xff, 1]);
  // Called after the names are read and before the topics are described.
  const onDisconnect = () => topics.delete(topics.get('t')!);
  const client = { clientId: '', host: '', onDisconnect, onOvertaken: () => {} };
  await handleMetadata(broker as unknown as BrokerContext, new Reader(request), 4, client);
  expect(topics.all()).toEqual([]);
  await topics.close();
});
