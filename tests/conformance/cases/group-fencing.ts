import { describe, expect, test } from 'bun:test';
import { eventually } from '../../waiting.ts';
import type { Lab } from '../lab.ts';
import { connectionsTo } from '../wire/connections.ts';
import { WireMember, type WireMemberOptions } from '../wire/group-member.ts';

const THIRTY_ONE_MINUTES_MS = 31 * 60_000;

export function groupFencing(lab: Lab): void {
  describe('a group, request by request', () => {
    const connect = connectionsTo(lab);
    const member = async (options: WireMemberOptions) => new WireMember(await connect(), options);

    /** The only member of a stable group. */
    const alone = async (groupId: string) => {
      const only = await member({ groupId });
      await only.joinAsNew();
      await only.sync({ [only.memberId]: 'everything' });
      return only;
    };

    /** A second member asks to join; resolves when the first has been told to rejoin. */
    const newcomer = async (groupId: string, first: WireMember) => {
      const second = await member({ groupId });
      const joining = second.joinAsNew();
      await eventually('the member hears of the rebalance', async () =>
        (await first.heartbeat()).includes('REBALANCE_IN_PROGRESS'),
      );
      return { second, joining };
    };

    test('a new member is first given its id, and joins with it', async () => {
      const only = await member({ groupId: lab.name('group') });
      const first = await only.join();
      expect(first.errors).toEqual(['MEMBER_ID_REQUIRED']);
      expect(only.memberId).not.toBe('');
      const second = await only.join();
      expect(second.errors).toEqual([]);
      expect(second.response).toMatchObject({ leader: only.memberId, protocolName: 'any' });
      expect(only.members).toEqual([only.memberId]);
      expect(await only.sync({ [only.memberId]: 'mine' })).toEqual({ response: 'mine', errors: [] });
      expect(await only.heartbeat()).toEqual([]);
    });

    test('a stale generation is ILLEGAL_GENERATION, for heartbeats and commits', async () => {
      const [topic, only] = [await lab.topic(), await alone(lab.name('group'))];
      for (const generation of [only.generation - 1, only.generation + 1]) {
        expect(await only.heartbeat({ generation })).toEqual(['ILLEGAL_GENERATION']);
        expect(await only.commit(topic, 1, { generation })).toEqual(['ILLEGAL_GENERATION']);
      }
      expect(await only.committed(topic)).toBe(-1);
      expect(await only.commit(topic, 1)).toEqual([]);
      expect(await only.committed(topic)).toBe(1);
    });

    test('an unknown member is UNKNOWN_MEMBER_ID', async () => {
      const [topic, only] = [await lab.topic(), await alone(lab.name('group'))];
      const stranger = { memberId: 'stranger' };
      expect(await only.heartbeat(stranger)).toEqual(['UNKNOWN_MEMBER_ID']);
      expect(await only.commit(topic, 1, stranger)).toEqual(['UNKNOWN_MEMBER_ID']);
      only.memberId = 'stranger';
      expect((await only.sync()).errors).toEqual(['UNKNOWN_MEMBER_ID']);
      expect((await only.join()).errors).toEqual(['UNKNOWN_MEMBER_ID']);
      expect(await only.leave()).toEqual(['UNKNOWN_MEMBER_ID']);
    });

    test('a non-member cannot commit while the group has members', async () => {
      const groupId = lab.name('group');
      const [topic, only] = [await lab.topic(), await alone(groupId)];
      const outsider = await member({ groupId });
      expect(await outsider.commit(topic, 5)).toEqual(['UNKNOWN_MEMBER_ID']);
      await only.leave();
      expect(await outsider.commit(topic, 5)).toEqual([]);
    });

    test('a rebalance increments the generation, assigns as the leader says, and fences the old one', async () => {
      const groupId = lab.name('group');
      const [topic, first] = [await lab.topic(), await alone(groupId)];
      const before = first.generation;
      const { second, joining } = await newcomer(groupId, first);
      // Until the join phase ends, the old generation may still commit what it has done.
      expect(await first.commit(topic, 1)).toEqual([]);
      await Promise.all([first.join(), joining]);
      expect([first.generation, second.generation]).toEqual([before + 1, before + 1]);
      expect(first.members.toSorted()).toEqual([first.memberId, second.memberId].sort());
      expect(second.isLeader).toBe(false);

      // Joined, but not yet assigned: nobody can own what it would commit.
      expect(await first.commit(topic, 2)).toEqual(['REBALANCE_IN_PROGRESS']);
      const assigned = second.sync();
      const led = await first.sync({ [first.memberId]: 'left half', [second.memberId]: 'right half' });
      expect([led.response, (await assigned).response]).toEqual(['left half', 'right half']);
      expect(await first.heartbeat({ generation: before })).toEqual(['ILLEGAL_GENERATION']);
      expect(await first.commit(topic, 2, { generation: before })).toEqual(['ILLEGAL_GENERATION']);
      expect(await second.commit(topic, 3)).toEqual([]);
    });

    test('a member that leaves makes the others rejoin', async () => {
      const groupId = lab.name('group');
      const first = await alone(groupId);
      const { second, joining } = await newcomer(groupId, first);
      await Promise.all([first.join(), joining]);
      await Promise.all([second.sync(), first.sync({ [first.memberId]: 'a', [second.memberId]: 'b' })]);
      expect(await second.leave()).toEqual([]);
      expect(await first.heartbeat()).toEqual(['REBALANCE_IN_PROGRESS']);
      expect((await first.join()).errors).toEqual([]);
      expect(first.members).toEqual([first.memberId]);
      expect(await second.heartbeat()).toEqual(['UNKNOWN_MEMBER_ID']);
    });

    test('a member that does not rejoin in time is left behind', async () => {
      const groupId = lab.name('group');
      const slow = await member({ groupId, rebalanceTimeoutMs: 1_000, sessionTimeoutMs: 30_000 });
      await slow.joinAsNew();
      await slow.sync({ [slow.memberId]: 'everything' });
      const quick = await member({ groupId, rebalanceTimeoutMs: 1_000, sessionTimeoutMs: 30_000 });
      const startedAt = performance.now();
      expect((await quick.joinAsNew()).errors).toEqual([]);
      expect(performance.now() - startedAt).toBeWithin(900, 5_000);
      expect(quick.members).toEqual([quick.memberId]);
      expect(await slow.heartbeat()).toEqual(['UNKNOWN_MEMBER_ID']);
    });

    test('a member without a common protocol is INCONSISTENT_GROUP_PROTOCOL', async () => {
      const groupId = lab.name('group');
      const only = await alone(groupId);
      const other = await member({ groupId, protocol: 'another' });
      expect((await other.joinAsNew()).errors).toEqual(['INCONSISTENT_GROUP_PROTOCOL']);
      expect(await only.heartbeat()).toEqual([]);
    });

    test('a session timeout out of range is INVALID_SESSION_TIMEOUT', async () => {
      const eager = await member({ groupId: lab.name('group'), sessionTimeoutMs: THIRTY_ONE_MINUTES_MS });
      expect((await eager.join()).errors).toEqual(['INVALID_SESSION_TIMEOUT']);
    });

    test('an empty group id is INVALID_GROUP_ID', async () => {
      expect((await (await member({ groupId: '' })).join()).errors).toEqual(['INVALID_GROUP_ID']);
    });
  });
}
