import { describe, expect, test } from 'bun:test';
import {
  coordinator,
  GROUP,
  heartbeat,
  joinWith,
  LONG_MS,
  pass,
  restart,
  startAlone,
  startPair,
  state,
  sync,
  withCoordinator,
} from '../testing/group-lab.ts';
import { ErrorCode } from '../wire/error-codes.ts';

withCoordinator();

describe('the join barrier', () => {
  test('holds a new member until the others have rejoined', async () => {
    const alone = await startAlone();
    const joining = joinWith();
    expect(state()).toBe('PreparingRebalance');
    expect(heartbeat(alone)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    const first = await joinWith({ memberId: alone.memberId });
    const second = await joining;
    expect([first.generation, second.generation]).toEqual([2, 2]);
    expect(first.leaderId).toBe(first.memberId);
    expect(first.members.map((m) => m.memberId).sort()).toEqual([first.memberId, second.memberId].sort());
    expect(second.members).toEqual([]);
    expect(state()).toBe('CompletingRebalance');
  });

  test('opens after the rebalance timeout without late members', async () => {
    const late = await startAlone({ rebalanceTimeoutMs: 30 });
    const joined = await joinWith({ rebalanceTimeoutMs: 30 });
    expect(joined.members.map((member) => member.memberId)).toEqual([joined.memberId]);
    expect(heartbeat(late)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('does not expire the session of a member parked in it', async () => {
    await startAlone({ rebalanceTimeoutMs: 200 });
    const joined = await joinWith({ sessionTimeoutMs: 20, rebalanceTimeoutMs: 200 });
    expect(joined.error).toBe(ErrorCode.NONE);
  });

  test('nor that of one that was a member before', async () => {
    const alone = await startAlone();
    const joining = joinWith({ sessionTimeoutMs: 20 });
    const first = await joinWith({ memberId: alone.memberId });
    const { memberId } = await joining;
    const again = joinWith({ memberId, sessionTimeoutMs: 20, metadata: 'changed' });
    await pass(40);
    expect((await joinWith({ memberId: first.memberId })).members.length).toBe(2);
    expect((await again).error).toBe(ErrorCode.NONE);
  });

  test('keeps the place of a known member that disconnects', async () => {
    const [first] = await startPair();
    let hangUp = () => {};
    void joinWith({
      memberId: first.memberId,
      onDisconnect: (run) => {
        hangUp = run;
      },
    });
    hangUp();
    expect(heartbeat(first)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('at once forgets a new member that disconnects before learning its id', async () => {
    const alone = await startAlone();
    let hangUp = () => {};
    void joinWith({
      onDisconnect: (run) => {
        hangUp = run;
      },
    });
    hangUp();
    const again = await joinWith({ memberId: alone.memberId });
    expect(again.members.length).toBe(1);
  });

  test('waits the initial delay, so that members who start together share one rebalance', async () => {
    restart({ initialRebalanceDelayMs: 50 });
    const joined = await Promise.all([joinWith(), joinWith(), joinWith()]);
    expect(joined.map((member) => member.generation)).toEqual([1, 1, 1]);
    expect(joined.flatMap((member) => member.members).length).toBe(3);
  });

  test('does not wait it in later rebalances', async () => {
    const alone = await startAlone();
    restart({ initialRebalanceDelayMs: LONG_MS });
    expect((await joinWith({ memberId: alone.memberId })).generation).toBe(2);
  });
});

describe('the sync barrier', () => {
  test('gives each member its assignment once the leader has sent them', async () => {
    const [first, second] = await startPair();
    expect((await sync(second)).assignment.toString()).toBe('two');
    expect((await sync(first)).assignment.toString()).toBe('one');
    expect(state()).toBe('Stable');
  });

  test('is interrupted by another rebalance', async () => {
    const alone = await startAlone();
    const joining = joinWith({ sessionTimeoutMs: 40 });
    const first = await joinWith({ memberId: alone.memberId });
    const syncing = sync(await joining);
    const third = joinWith();
    expect((await syncing).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect((await sync(first)).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    // The second is silent from here on, and must not hold up the others for long.
    const again = await joinWith({ memberId: first.memberId });
    expect(again.members.map((member) => member.memberId)).toEqual([first.memberId, (await third).memberId]);
  });

  test('opens after the rebalance timeout without those that have not synced', async () => {
    const rebalanceTimeoutMs = 40;
    const alone = await startAlone({ rebalanceTimeoutMs });
    const joining = joinWith({ rebalanceTimeoutMs });
    const leader = await joinWith({ memberId: alone.memberId, rebalanceTimeoutMs });
    const second = await joining;
    expect((await sync(second)).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(heartbeat(leader)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(heartbeat(second)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('has no time limit any more once it is open', async () => {
    const alone = await startAlone({ rebalanceTimeoutMs: 20 });
    await pass(40);
    expect([heartbeat(alone), state()]).toEqual([ErrorCode.NONE, 'Stable']);
  });

  test('does not expire the session of a member parked in it', async () => {
    const alone = await startAlone();
    const joining = joinWith({ sessionTimeoutMs: 20 });
    const first = await joinWith({ memberId: alone.memberId });
    const second = await joining;
    const syncing = sync(second);
    await pass(40);
    await sync(first, { [second.memberId]: 'two' });
    expect((await syncing).assignment.toString()).toBe('two');
  });

  test('a member that disconnects while parked in it must be heard from again', async () => {
    const alone = await startAlone();
    const joining = joinWith({ sessionTimeoutMs: 40 });
    const first = await joinWith({ memberId: alone.memberId });
    let hangUp = () => {};
    void sync(await joining, {}, (run) => {
      hangUp = run;
    });
    hangUp();
    await sync(first);
    const again = await joinWith({ memberId: first.memberId });
    expect(again.members.length).toBe(1);
  });

  test('ends when the session of a silent leader expires', async () => {
    const leader = await joinWith({ sessionTimeoutMs: 30 });
    const joined = await joinWith();
    expect(joined.leaderId).toBe(joined.memberId);
    expect(heartbeat(leader)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

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
    const leave = (memberId: string) => coordinator.leave(GROUP, [{ memberId, instanceId: null }])[0]!.error;
    expect(leave(second.memberId)).toBe(ErrorCode.NONE);
    expect(leave(second.memberId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(heartbeat(first)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(leave(first.memberId)).toBe(ErrorCode.NONE);
    expect(coordinator.groupIds()).toEqual([]);
  });

  test('the session of a member that left does not end in the group that follows', async () => {
    const { memberId } = await startAlone({ sessionTimeoutMs: 20 });
    coordinator.leave(GROUP, [{ memberId, instanceId: null }]);
    const next = await startAlone();
    await pass(40);
    expect(heartbeat(next)).toBe(ErrorCode.NONE);
  });

  test('from version 4 on a new member must rejoin with the id it was given', async () => {
    const told = await joinWith({ mustKnowItsId: true });
    expect(told.error).toBe(ErrorCode.MEMBER_ID_REQUIRED);
    const joined = await joinWith({ mustKnowItsId: true, memberId: told.memberId });
    expect([joined.error, joined.memberId]).toEqual([ErrorCode.NONE, told.memberId]);
  });

  test('an id that was given is waited for, until it is given back', async () => {
    const alone = await startAlone();
    const told = await joinWith({ mustKnowItsId: true });
    const joining = joinWith({ memberId: alone.memberId });
    expect(state()).toBe('PreparingRebalance');
    coordinator.leave(GROUP, [{ memberId: told.memberId, instanceId: null }]);
    expect((await joining).members.length).toBe(1);
  });

  test('an id given back and a refused request leave no group behind', async () => {
    const told = await joinWith({ mustKnowItsId: true });
    coordinator.leave(GROUP, [{ memberId: told.memberId, instanceId: null }]);
    expect(coordinator.groupIds()).toEqual([]);
    expect((await joinWith({ memberId: 'ghost' })).error).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(coordinator.groupIds()).toEqual([]);
  });

  test.each([
    ['no group id', { groupId: '' }, ErrorCode.INVALID_GROUP_ID],
    ['too short a session', { sessionTimeoutMs: 9 }, ErrorCode.INVALID_SESSION_TIMEOUT],
    ['an unknown id', { memberId: 'ghost' }, ErrorCode.UNKNOWN_MEMBER_ID],
    [
      'another protocol',
      { protocols: [{ name: 'x', metadata: Buffer.alloc(0) }] },
      ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
    ],
    ['another type', { protocolType: 'connect' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  ])('%s is refused', async (_name, changes, error) => {
    await startAlone();
    expect((await joinWith(changes)).error).toBe(error);
  });
});
