import { describe, expect, test } from 'bun:test';
import {
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
