import { describe, expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import { inEachClient, type Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { WireMember } from '../wire/group-member.ts';

export function commitAndResume(lab: Lab): void {
  inEachClient('commit and resume', (name) => {
    test.concurrent('the next member of the group starts where the last one stopped', async () => {
      const [topic, groupId] = [await lab.topic(2), lab.name('group')];
      const client = lab.client(name);
      const join = () => client.joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
      const firstHalf = ['a', 'b', 'c'].map((value, index) => ({ partition: index % 2, value }));
      await client.produce(topic, firstHalf);
      const first = await join();
      await eventually('the first half is read', () => first.received.length === 3);
      await first.leave();
      await client.produce(topic, [
        { partition: 0, value: 'd' },
        { partition: 1, value: 'e' },
      ]);
      const second = await join();
      await eventually('the second half is read', () => second.received.length >= 2);
      await second.leave();
      expect(second.received.map((record) => String(record.value)).sort()).toEqual(['d', 'e']);
    });

    test.concurrent('two groups read the same topic independently', async () => {
      const topic = await lab.topic();
      const client = lab.client(name);
      await client.produce(topic, [{ value: 'for both' }]);
      for (const groupId of [lab.name('group'), lab.name('group')]) {
        const member = await client.joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
        await eventually('the record is read', () => member.received.length === 1);
        await member.leave();
      }
    });
  });

  describe('commits', () => {
    const connect = connectionsTo(lab);

    test('may go backward as well as forward: the last one counts', async () => {
      const [topic, groupId] = [await lab.topic(), lab.name('group')];
      const outsider = new WireMember(await connect(), { groupId });
      for (const offset of [7, 3]) {
        expect(await outsider.commit(topic, offset)).toEqual([]);
        expect(await outsider.committed(topic)).toBe(offset);
      }
    });

    test('for an unknown topic are UNKNOWN_TOPIC_OR_PARTITION', async () => {
      const outsider = new WireMember(await connect(), { groupId: lab.name('group') });
      expect(await outsider.commit(lab.name('missing'), 1)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    });
  });
}
