import { describe, expect, test } from 'bun:test';
import {
  coordinator,
  GROUP,
  heartbeat,
  joinWith,
  pass,
  startAlone,
  startPair,
  state,
  sync,
  withCoordinator,
} from '../testing/group-lab.ts';
import { ErrorCode } from '../wire/error-codes.ts';

withCoordinator();

describe('sessions and generations', () => {
  test('a silent member is dropped and the others rebalance', async () => {
    const silent = await startAlone({ sessionTimeoutMs: 40 });
    // Only the timer can remove the silent member from this barrier.
    const joined = await joinWith();
    expect(joined.members.map((member) => member.memberId)).toEqual([joined.memberId]);
    expect(heartbeat(silent)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('a session has the length that was asked for last', async () => {
    const alone = await startAlone({ sessionTimeoutMs: 40 });
    const again = await joinWith({ memberId: alone.memberId });
    await sync(again);
    await pass(60);
    expect(heartbeat(again)).toBe(ErrorCode.NONE);
  });

  test('a follower that joins again gets the same answer, and a rebalance only if it has changed', async () => {
    const [first, second] = await startPair();
    expect(await joinWith({ memberId: second.memberId })).toEqual(second);
    expect(heartbeat(first)).toBe(ErrorCode.NONE);
    const joining = joinWith({ memberId: second.memberId, metadata: 'changed' });
    expect(heartbeat(first)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    const again = await joinWith({ memberId: first.memberId });
    expect(again.members.map(({ metadata }) => metadata.toString())).toEqual(['m', 'changed']);
    const changed = await joining;
    expect(await joinWith({ memberId: second.memberId, metadata: 'changed' })).toEqual(changed);
    expect(state()).toBe('CompletingRebalance');
  });

  test('a stale generation is fenced', async () => {
    const [first] = await startPair();
    expect(heartbeat(first)).toBe(ErrorCode.NONE);
    expect(heartbeat({ ...first, generation: 1 })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(heartbeat({ ...first, memberId: 'nobody' })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect((await sync({ ...first, generation: 1 })).error).toBe(ErrorCode.ILLEGAL_GENERATION);
  });

  test('a member that leaves is removed, and the group with its last member', async () => {
    const [first, second] = await startPair();
    const leave = (memberId: string) => coordinator.leave(GROUP, memberId);
    expect(leave(second.memberId)).toBe(ErrorCode.NONE);
    expect(leave(second.memberId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(heartbeat(first)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(leave(first.memberId)).toBe(ErrorCode.NONE);
    expect(coordinator.groupIds()).toEqual([]);
  });

  test('the session of a member that left does not end in the group that follows', async () => {
    const { memberId } = await startAlone({ sessionTimeoutMs: 20 });
    coordinator.leave(GROUP, memberId);
    const next = await startAlone();
    await pass(40);
    expect(heartbeat(next)).toBe(ErrorCode.NONE);
  });

  test('an id that was given is waited for, until it is given back', async () => {
    const alone = await startAlone();
    const told = await joinWith({ mustKnowItsId: true });
    const joining = joinWith({ memberId: alone.memberId });
    expect(state()).toBe('PreparingRebalance');
    coordinator.leave(GROUP, told.memberId);
    expect((await joining).members.length).toBe(1);
  });

  test('an id given back and a refused request leave no group behind', async () => {
    const told = await joinWith({ mustKnowItsId: true });
    coordinator.leave(GROUP, told.memberId);
    expect(coordinator.groupIds()).toEqual([]);
    expect((await joinWith({ memberId: 'ghost' })).error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(coordinator.groupIds()).toEqual([]);
  });

  test.each([
    ['too short a session', { sessionTimeoutMs: 9 }, ErrorCode.INVALID_SESSION_TIMEOUT],
    ['another type', { protocolType: 'connect' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  ])('%s is refused', async (_name, changes, error) => {
    await startAlone();
    expect((await joinWith(changes)).error).toBe(error);
  });
});
