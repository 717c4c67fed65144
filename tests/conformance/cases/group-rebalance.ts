import { expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import type { GroupMember } from '../clients/client.ts';
import { inEachClient, type Lab } from '../lab.ts';

const PARTITIONS = 4;
const ALL = [0, 1, 2, 3];

/** Every partition belongs to exactly one member, `sizes` says how many to each. */
function divided(members: GroupMember[], sizes: number[]): boolean {
  const assigned = members.map((member) => member.partitions);
  const all = assigned.flat().sort((a, b) => a - b);
  const sizesNow = assigned.map((partitions) => partitions.length).sort();
  return Bun.deepEquals(all, ALL) && Bun.deepEquals(sizesNow, sizes.toSorted());
}

export function groupRebalance(lab: Lab): void {
  inEachClient('rebalance', (name) => {
    test.concurrent('partitions are reassigned when members join and leave', async () => {
      const [topic, groupId] = [await lab.topic(PARTITIONS), lab.name('group')];
      const join = () => lab.client(name).joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
      const first = await join();
      await eventually('the only member has all partitions', () => divided([first], [4]));
      const second = await join();
      await eventually('two members have two each', () => divided([first, second], [2, 2]));
      const third = await join();
      await eventually('three members share four', () => divided([first, second, third], [1, 1, 2]));
      await first.leave();
      await eventually('the others take over', () => divided([second, third], [2, 2]));
      await second.leave();
      await eventually('the last member has all partitions again', () => divided([third], [4]));
      await third.leave();
    });

    test.concurrent('no record is lost while members come and go', async () => {
      const [topic, groupId] = [await lab.topic(PARTITIONS), lab.name('group')];
      const client = lab.client(name);
      const join = () => client.joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
      const sent: string[] = [];
      const produce = async (label: string) => {
        const values = Array.from({ length: 20 }, (_, index) => `${label}-${index}`);
        sent.push(...values);
        await client.produce(
          topic,
          values.map((value, index) => ({ partition: index % PARTITIONS, value })),
        );
      };
      await produce('before');
      const first = await join();
      await produce('alone');
      const second = await join();
      await produce('together');
      await eventually('two members have two each', () => divided([first, second], [2, 2]));
      await produce('divided');
      const missing = () => {
        const read = new Set([...first.received, ...second.received].map((record) => String(record.value)));
        return sent.filter((value) => !read.has(value));
      };
      if (name === 'kcat') {
        // A stopping kcat drops a record it has just fetched but commits it all the same: let it be idle then.
        await eventually('every record so far is read', () => missing().length === 0);
      }
      await first.leave();
      await produce('after');
      await eventually('every record is read', () => missing().length === 0).catch(() => undefined);
      expect(missing()).toEqual([]);
      await second.leave();
    });
  });
}
