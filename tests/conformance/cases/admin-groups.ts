import { expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import { refusal } from '../clients/admin.ts';
import { inEachAdmin, type Lab } from '../lab.ts';

export function adminGroups(lab: Lab): void {
  inEachAdmin('groups', (name) => {
    /** An empty group with one record read and committed. */
    const emptyGroup = async () => {
      const [topic, groupId] = [await lab.topic(), lab.name('group')];
      await lab.client(name).produce(topic, [{ value: 'a' }, { value: 'b' }]);
      const member = await lab.client(name).joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
      await eventually('both records are read', () => member.received.length === 2);
      await member.leave();
      return { topic, groupId };
    };

    test('a group with a member is Stable, and cannot be deleted', async () => {
      const admin = await lab.admin(name);
      const [topic, groupId] = [await lab.topic(), lab.name('group')];
      const member = await lab.client(name).joinGroup({ topic, groupId, sessionTimeoutMs: 10_000 });
      expect(await admin.groups()).toContain(groupId);
      const described = await eventually('the group is stable', async () => {
        const group = await admin.describeGroup(groupId);
        return /^stable$/i.test(group.state) && group;
      });
      expect(described.members).toBe(1);
      expect(await refusal(admin.deleteGroup(groupId))).toContain('NON_EMPTY_GROUP');
      await member.leave();
    });

    test('a group whose members have all left is Empty and keeps its offsets', async () => {
      const admin = await lab.admin(name);
      const { topic, groupId } = await emptyGroup();
      expect(await admin.describeGroup(groupId)).toMatchObject({
        state: expect.stringMatching(/^empty$/i),
        members: 0,
      });
      expect(await admin.committed(groupId, topic, 0)).toBe(2);
    });

    test('a deleted group is gone, with its offsets', async () => {
      const admin = await lab.admin(name);
      const { topic, groupId } = await emptyGroup();
      await admin.deleteGroup(groupId);
      expect(await admin.groups()).not.toContain(groupId);
      expect(await admin.committed(groupId, topic, 0)).toBe(-1);
    });

    test('deleting an unknown one is GROUP_ID_NOT_FOUND', async () => {
      const admin = await lab.admin(name);
      expect(await refusal(admin.deleteGroup(lab.name('missing')))).toContain('GROUP_ID_NOT_FOUND');
    });

    test('an offset that was never committed is -1', async () => {
      const topic = await lab.topic();
      expect(await (await lab.admin(name)).committed(lab.name('group'), topic, 0)).toBe(-1);
    });
  });
}
