import { beforeAll, describe, expect, test } from 'bun:test';
import type { Connection } from '@platformatic/kafka';
import { eventually } from '../../waiting.ts';
import type { GroupMember, KafkaClient } from '../clients/client.ts';
import { availableClients, type Lab } from '../lab.ts';
import { type Answer, answer, connectionsTo } from '../wire/connections.ts';
import { WireMember } from '../wire/group-member.ts';
import { endOffset, fetchOnce, produceBatch, recordsOf } from '../wire/records.ts';
import { newProducerId } from './idempotence.ts';

const RESTART_TIMEOUT_MS = 90_000;
const MOVING = [
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
];

/** Retries until leaders and coordinators are available again, as clients do. */
function settled<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
  return eventually('leaders and coordinators are in their place', async () => {
    const got = await call();
    return got.errors.some((error) => MOVING.includes(error)) ? undefined : got;
  });
}

export function restart(lab: Lab): void {
  const elsewhere = typeof lab.target.broker !== 'function';
  if (elsewhere) {
    console.warn('skipped: kill -9 and restart, the broker was not started by this suite');
  }
  describe.skipIf(elsewhere)('after kill -9 and restart', () => {
    const connect = connectionsTo(lab);
    const members = new Map<KafkaClient['name'], { topic: string; member: GroupMember }>();
    const committed = { topic: '', groupId: '' };
    const acknowledged: string[] = [];
    let journal = '';
    let producer = { producerId: -1n, epoch: 0, firstSequence: 0 };
    let idempotentTopic = '';
    let connection: Connection;

    /** Writes records one after the other until the broker is gone; only acknowledged ones count. */
    const writeUntilKilled = async () => {
      const writer = await connect();
      for (let index = 0; ; index++) {
        const { errors } = await produceBatch(writer, journal, [`entry ${index}`]);
        expect(errors).toEqual([]);
        acknowledged.push(`entry ${index}`);
      }
    };

    beforeAll(async () => {
      for (const name of availableClients) {
        const topic = await lab.topic();
        await lab.client(name).produce(topic, [{ value: 'before' }]);
        const groupId = lab.name('group');
        const member = await lab.client(name).joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
        await eventually('it reads before the kill', () => member.received.length === 1);
        members.set(name, { topic, member });
      }
      connection = await connect();
      committed.topic = await lab.topic(3);
      committed.groupId = lab.name('group');
      await new WireMember(connection, committed).commit(committed.topic, 17);

      idempotentTopic = await lab.topic();
      producer = { producerId: await newProducerId(connection), epoch: 0, firstSequence: 0 };
      await produceBatch(connection, idempotentTopic, ['a', 'b'], { producer });

      journal = await lab.topic();
      const writing = writeUntilKilled().catch(() => undefined);
      await eventually('a hundred records are acknowledged', () => acknowledged.length >= 100);
      await lab.process.kill('SIGKILL');
      await writing;
      await lab.process.restart();
      connection = await connect();
    }, RESTART_TIMEOUT_MS);

    test('every acknowledged record is there, in order, and none is torn', async () => {
      const { response } = await settled(() => fetchOnce(connection, { topic: journal, offsets: { 0: 0 } }));
      const values = recordsOf(response[0]).map((record) => record.value);
      expect(values.slice(0, acknowledged.length)).toEqual(acknowledged);
      // One more may have been written without an answer.
      expect(values.length).toBeWithin(acknowledged.length, acknowledged.length + 2);
      const { response: offset } = await settled(() => produceBatch(connection, journal, ['after']));
      expect(offset).toBe(values.length);
    });

    test('committed offsets are there', async () => {
      const outsider = new WireMember(connection, committed);
      expect((await settled(() => answer(outsider.committed(committed.topic)))).response).toBe(17);
    });

    test('topics have the partitions they had', async () => {
      expect(await (await lab.admin('platformatic')).partitionCount(committed.topic)).toBe(3);
    });

    test('a batch of an idempotent producer is still recognised', async () => {
      const repeated = await settled(() =>
        produceBatch(connection, idempotentTopic, ['a', 'b'], { producer }),
      );
      expect(repeated.errors).toEqual([]);
      expect(await endOffset(connection, idempotentTopic)).toBe(2);
      const next = { ...producer, firstSequence: 2 };
      expect(await produceBatch(connection, idempotentTopic, ['c'], { producer: next })).toEqual({
        response: 2,
        errors: [],
      });
    });

    test('a new producer id differs from all earlier ones', async () => {
      const { response } = await settled(() => answer(newProducerId(connection)));
      expect(response).not.toBe(producer.producerId);
    });

    for (const name of availableClients) {
      test(`a consumer that lived through it continues by itself (${name})`, async () => {
        const { topic, member } = members.get(name) as { topic: string; member: GroupMember };
        await lab.client(name).produce(topic, [{ value: 'after' }]);
        const received = () => member.received.map((record) => String(record.value));
        await eventually('the new record arrives', () => received().includes('after'), { timeoutMs: 25_000 });
        await member.leave();
      });
    }

    test(
      'a clean restart keeps all of it as well',
      async () => {
        await new WireMember(connection, committed).commit(committed.topic, 18);
        const end = await endOffset(connection, journal);
        await lab.process.restart();
        connection = await connect();
        const outsider = new WireMember(connection, committed);
        expect((await settled(() => answer(outsider.committed(committed.topic)))).response).toBe(18);
        expect((await settled(() => answer(endOffset(connection, journal)))).response).toBe(end);
      },
      RESTART_TIMEOUT_MS,
    );
  });
}
