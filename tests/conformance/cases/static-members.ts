import { describe, expect, test } from 'bun:test';
import type { Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { WireMember } from '../wire/group-member.ts';

export function staticMembers(lab: Lab): void {
  describe('a static member', () => {
    const connect = connectionsTo(lab);

    test('resumes its place when it returns, and its old self is fenced', async () => {
      const options = { groupId: lab.name('group'), instanceId: 'instance-1' };
      const before = new WireMember(await connect(), options);
      expect((await before.joinAsNew()).errors).toEqual([]);
      await before.sync({ [before.memberId]: 'everything' });

      const after = new WireMember(await connect(), options);
      expect((await after.joinAsNew()).errors).toEqual([]);
      expect(after.memberId).not.toBe(before.memberId);
      expect(after.generation).toBe(before.generation);
      expect((await after.sync()).response).toBe('everything');
      expect(await before.heartbeat()).toEqual(['FENCED_INSTANCE_ID']);
      expect(await after.heartbeat()).toEqual([]);
    });
  });
}
