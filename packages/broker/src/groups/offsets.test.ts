import { describe, expect, test } from 'bun:test';
import {
  coordinator,
  GROUP,
  heartbeat,
  joinWith,
  restart,
  startAlone,
  startPair,
  sync,
  withCoordinator,
} from '../testing/group-lab.ts';
import { ErrorCode } from '../wire/error-codes.ts';

withCoordinator();

describe('offsets', () => {
  const change = { topic: 't', partition: 0, offset: 5, metadata: null };

  test('may be committed by the present generation until it has rejoined, and by others while the group is empty', async () => {
    const commit = (memberId: string, generation: number) =>
      coordinator.checkCommit({ groupId: GROUP, generation, memberId });
    expect(commit('', -1)).toBe(ErrorCode.NONE);
    expect(commit('a', 1)).toBe(ErrorCode.ILLEGAL_GENERATION);
    const alone = await startAlone();
    expect(commit('', -1)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(commit(alone.memberId, 1)).toBe(ErrorCode.NONE);
    const joining = joinWith();
    expect(commit(alone.memberId, 1)).toBe(ErrorCode.NONE);
    const again = await joinWith({ memberId: alone.memberId });
    await joining;
    expect(commit(again.memberId, 2)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('survive a restart of the coordinator, as does a stable group', async () => {
    const [first, second] = await startPair();
    coordinator.offsets.commit(GROUP, [change]);
    restart();
    expect(coordinator.offsets.find(GROUP)?.offsets.get('t')?.get(0)?.offset).toBe(5);
    expect([heartbeat(first), heartbeat(second)]).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
    expect((await sync(second)).assignment.toString()).toBe('two');
    expect(coordinator.checkCommit({ ...first, groupId: GROUP })).toBe(ErrorCode.NONE);
  });

  test('a member that the restart took along is dropped', async () => {
    await startAlone({ sessionTimeoutMs: 40 });
    restart();
    const joined = await joinWith();
    expect(joined.members.map((member) => member.memberId)).toEqual([joined.memberId]);
  });

  test('a member that left before the restart is not there afterwards', async () => {
    const alone = await startAlone();
    coordinator.offsets.commit(GROUP, [change]);
    coordinator.leave(GROUP, alone.memberId);
    restart();
    expect(heartbeat(alone)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('a rebalance in progress does not survive it, but generations only increase', async () => {
    const alone = await startAlone();
    const joining = joinWith();
    const again = await joinWith({ memberId: alone.memberId });
    await joining;
    restart();
    expect(heartbeat(again)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect((await joinWith()).generation).toBeGreaterThan(again.generation);
  });

  test('a group with members cannot be deleted; an empty one can', async () => {
    const alone = await startAlone();
    coordinator.offsets.commit(GROUP, [change]);
    expect(coordinator.delete(GROUP)).toBe(ErrorCode.NON_EMPTY_GROUP);
    coordinator.leave(GROUP, alone.memberId);
    expect(coordinator.groupIds()).toEqual([GROUP]);
    expect(coordinator.delete(GROUP)).toBe(ErrorCode.NONE);
    expect(coordinator.delete(GROUP)).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  });
});
