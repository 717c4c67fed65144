import { beforeAll, expect, test } from 'bun:test';
import { startEmbeddedBroker } from '../conformance/brokers/embedded-broker.ts';
import { kafkajsAdmin } from '../conformance/clients/kafkajs-admin.ts';
import { kafkajsClient } from '../conformance/clients/kafkajs-client.ts';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';

const TOPIC = 'work';
const PARTITIONS = 6;
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const OPTIONS = { groupId: 'workers', topic: TOPIC, sessionTimeoutMs: 3_000 };

const broker = shared(startEmbeddedBroker);
const client = shared(
  () => kafkajsClient(broker.brokers[0]!),
  (client) => client.close(),
);
beforeAll(async () => {
  const admin = await kafkajsAdmin(broker.brokers[0]!);
  await admin.createTopic(TOPIC, { partitions: PARTITIONS });
  await admin.close();
});

const produceToAll = (round: string) =>
  client.produce(
    TOPIC,
    ALL.map((partition) => ({ partition, value: `${round}-${partition}` })),
  );

test('after a kill -9 of one of three members, the other two take over its partitions', async () => {
  const victim = await client.joinGroupInProcess(OPTIONS);
  const survivors = [await client.joinGroup(OPTIONS), await client.joinGroup(OPTIONS)];
  const shares = () => [victim, ...survivors].map((member) => member.partitions);
  await eventually(
    'each of the three has its two partitions',
    () =>
      shares().every((share) => share.length === 2) &&
      shares()
        .flat()
        .toSorted((a, b) => a - b)
        .join() === ALL.join(),
    { timeoutMs: 20_000 },
  );

  await victim.kill();
  await produceToAll('after');
  const received = () => survivors.flatMap((member) => member.received.map((record) => String(record.value)));
  await eventually(
    'the survivors receive from every partition',
    () => ALL.every((partition) => received().includes(`after-${partition}`)),
    { timeoutMs: 20_000 },
  );
  expect(survivors.flatMap((member) => member.partitions).toSorted((a, b) => a - b)).toEqual(ALL);
  await Promise.all(survivors.map((member) => member.leave()));
}, 60_000);
