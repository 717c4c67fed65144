import { describe, expect, test } from 'bun:test';
import {
  coordinator,
  GROUP,
  joinWith,
  restart,
  startAlone,
  sync,
  withCoordinator,
} from '../testing/group-lab.ts';
import { ErrorCode } from '../wire/error-codes.ts';

withCoordinator();

describe('static membership', () => {
  const instanceId = 'pod-1';

  test('a returning member resumes its place without a rebalance, and fences its old self', async () => {
    const before = await startAlone({ instanceId });
    const after = await joinWith({ instanceId });
    expect([after.error, after.generation]).toEqual([ErrorCode.NONE, before.generation]);
    expect(after.memberId).not.toBe(before.memberId);
    expect(after.leaderId).toBe(before.memberId);
    expect((await sync(after)).assignment.toString()).toBe('all');
    const old = { groupId: GROUP, generation: before.generation, memberId: before.memberId, instanceId };
    expect(coordinator.heartbeat(old)).toBe(ErrorCode.FENCED_INSTANCE_ID);
    expect(coordinator.checkCommit(old)).toBe(ErrorCode.FENCED_INSTANCE_ID);
  });

  test('a returning member is known after a restart, too', async () => {
    const before = await startAlone({ instanceId });
    const { memberId } = await joinWith({ instanceId });
    restart();
    const member = { groupId: GROUP, generation: before.generation, memberId, instanceId };
    expect(coordinator.heartbeat(member)).toBe(ErrorCode.NONE);
  });

  test('a returning member that falls silent is dropped', async () => {
    await startAlone({ instanceId });
    await joinWith({ instanceId, sessionTimeoutMs: 40 });
    expect((await joinWith()).members.length).toBe(1);
  });

  test('with different subscriptions it does cause a rebalance', async () => {
    const before = await startAlone({ instanceId });
    const after = await joinWith({ instanceId, metadata: 'other topics' });
    expect(after.generation).toBe(before.generation + 1);
    expect(after.leaderId).toBe(after.memberId);
  });
});
