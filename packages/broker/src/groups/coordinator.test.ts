import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Logger } from '../logger.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../wire/join-group.ts';
import type { SyncGroupResponse } from '../wire/sync-group.ts';
import { GroupCoordinator } from './coordinator.ts';
import { GroupStore } from './group-store.ts';

const GROUP = 'executors';
const LONG_MS = 60_000;

let folder: ReturnType<typeof temporaryFolder>;
let coordinator: GroupCoordinator;

function openCoordinator(initialRebalanceDelayMs = 0): GroupCoordinator {
  const logger = new Logger(() => {});
  const offsets = new GroupStore(join(folder.path, 'offsets'), logger);
  const settings = { initialRebalanceDelayMs, sessionTimeoutMsMin: 10, sessionTimeoutMsMax: LONG_MS };
  return new GroupCoordinator(offsets, settings, logger);
}

function restart(): void {
  coordinator.close();
  coordinator.offsets.close();
  coordinator = openCoordinator();
}

beforeEach(() => {
  folder = temporaryFolder();
  coordinator = openCoordinator();
});

afterEach(() => {
  coordinator.close();
  coordinator.offsets.close();
  folder[Symbol.dispose]();
});

type JoinChanges = Partial<JoinGroupRequest> & {
  metadata?: string;
  onDisconnect?: (run: () => void) => void;
};

async function joinWith({ metadata = 'm', onDisconnect = () => {}, ...changes }: JoinChanges = {}) {
  const request: JoinGroupRequest = {
    groupId: GROUP,
    sessionTimeoutMs: LONG_MS,
    rebalanceTimeoutMs: LONG_MS,
    memberId: '',
    instanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from(metadata) }],
    ...changes,
  };
  const client = { clientId: 'test', host: '127.0.0.1' };
  return coordinator.join(request, { client, mustKnowItsId: false, onDisconnect });
}

async function sync(
  member: JoinGroupResponse,
  parts: Record<string, string> = {},
): Promise<SyncGroupResponse> {
  const { generation, memberId } = member;
  const assignments = Object.entries(parts).map(([id, part]) => ({
    memberId: id,
    assignment: Buffer.from(part),
  }));
  const request = { groupId: GROUP, generation, memberId, instanceId: null, assignments };
  return coordinator.sync(request, () => {});
}

function heartbeat({ memberId, generation }: { memberId: string; generation: number }) {
  return coordinator.heartbeat({ groupId: GROUP, generation, memberId, instanceId: null });
}

/** A stable group of one. */
async function startAlone(changes: JoinChanges = {}): Promise<JoinGroupResponse> {
  const member = await joinWith(changes);
  await sync(member, { [member.memberId]: 'all' });
  return member;
}

/** A stable group of two, the first the leader. */
async function startPair(): Promise<[JoinGroupResponse, JoinGroupResponse]> {
  const alone = await startAlone();
  const joining = joinWith();
  const first = await joinWith({ memberId: alone.memberId });
  const second = await joining;
  const syncing = sync(second);
  await sync(first, { [first.memberId]: 'one', [second.memberId]: 'two' });
  await syncing;
  return [first, second];
}

const state = () => coordinator.find(GROUP)?.state;

describe('the join barrier', () => {
  test('holds a newcomer until the others have joined again', async () => {
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

  test('opens after the rebalance timeout, without who is late', async () => {
    const late = await startAlone({ rebalanceTimeoutMs: 30 });
    const joined = await joinWith({ rebalanceTimeoutMs: 30 });
    expect(joined.members.map((member) => member.memberId)).toEqual([joined.memberId]);
    expect(heartbeat(late)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('does not count the session of who is parked in it', async () => {
    await startAlone({ rebalanceTimeoutMs: 200 });
    const joined = await joinWith({ sessionTimeoutMs: 20, rebalanceTimeoutMs: 200 });
    expect(joined.error).toBe(ErrorCode.NONE);
  });

  test('forgets at once a newcomer that hung up before it learnt its id', async () => {
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
    coordinator.close();
    coordinator.offsets.close();
    coordinator = openCoordinator(50);
    const joined = await Promise.all([joinWith(), joinWith(), joinWith()]);
    expect(joined.map((member) => member.generation)).toEqual([1, 1, 1]);
    expect(joined.flatMap((member) => member.members).length).toBe(3);
  });
});

describe('the sync barrier', () => {
  test('gives each its part once the leader has spoken', async () => {
    const [first, second] = await startPair();
    expect((await sync(second)).assignment.toString()).toBe('two');
    expect((await sync(first)).assignment.toString()).toBe('one');
    expect(state()).toBe('Stable');
  });

  test('is broken off by another rebalance', async () => {
    const alone = await startAlone();
    const joining = joinWith();
    const first = await joinWith({ memberId: alone.memberId });
    const syncing = sync(await joining);
    void joinWith();
    expect((await syncing).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect((await sync(first)).error).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  test('ends by the session of a leader that never speaks', async () => {
    const leader = await joinWith({ sessionTimeoutMs: 30 });
    const joined = await joinWith();
    expect(joined.leaderId).toBe(joined.memberId);
    expect(heartbeat(leader)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });
});

describe('sessions and generations', () => {
  test('a silent member is dropped and the others rebalance', async () => {
    const silent = await startAlone({ sessionTimeoutMs: 40 });
    // Nobody but the timer can take the silent one out of this barrier.
    const joined = await joinWith();
    expect(joined.members.map((member) => member.memberId)).toEqual([joined.memberId]);
    expect(heartbeat(silent)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  test('another generation is fenced', async () => {
    const [first] = await startPair();
    expect(heartbeat(first)).toBe(ErrorCode.NONE);
    expect(heartbeat({ ...first, generation: 1 })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(heartbeat({ ...first, memberId: 'nobody' })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect((await sync({ ...first, generation: 1 })).error).toBe(ErrorCode.ILLEGAL_GENERATION);
  });

  test('who leaves is gone, and the group with the last', async () => {
    const [first, second] = await startPair();
    const leave = (memberId: string) => coordinator.leave(GROUP, [{ memberId, instanceId: null }])[0]!.error;
    expect(leave(second.memberId)).toBe(ErrorCode.NONE);
    expect(leave(second.memberId)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(heartbeat(first)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(leave(first.memberId)).toBe(ErrorCode.NONE);
    expect(coordinator.groupIds()).toEqual([]);
  });

  test('from version 4 on a newcomer must come back with the id it was given', async () => {
    const request = {
      groupId: GROUP,
      sessionTimeoutMs: LONG_MS,
      rebalanceTimeoutMs: LONG_MS,
      memberId: '',
      instanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    };
    const options = {
      client: { clientId: 'c', host: '' },
      mustKnowItsId: true,
      onDisconnect: () => {},
    };
    const told = await coordinator.join(request, options);
    expect(told.error).toBe(ErrorCode.MEMBER_ID_REQUIRED);
    const joined = await coordinator.join({ ...request, memberId: told.memberId }, options);
    expect([joined.error, joined.memberId]).toEqual([ErrorCode.NONE, told.memberId]);
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

describe('static membership', () => {
  const instanceId = 'pod-1';

  test('a member that comes back takes its place without a rebalance, and fences its old self', async () => {
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

  test('with other subscriptions it does cause a rebalance', async () => {
    const before = await startAlone({ instanceId });
    const after = await joinWith({ instanceId, metadata: 'other topics' });
    expect(after.generation).toBe(before.generation + 1);
    expect(after.leaderId).toBe(after.memberId);
  });
});

describe('offsets', () => {
  const change = { topic: 't', partition: 0, offset: 5, metadata: null };

  test('who may commit', async () => {
    const commit = (memberId: string, generation: number) =>
      coordinator.checkCommit({ groupId: GROUP, generation, memberId, instanceId: null });
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

  test('outlive the coordinator, and so does a stable group', async () => {
    const [first, second] = await startPair();
    coordinator.commit(GROUP, [change]);
    restart();
    expect(coordinator.offsets.find(GROUP)?.offsets.get('t')?.get(0)?.offset).toBe(5);
    expect([heartbeat(first), heartbeat(second)]).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
    expect((await sync(second)).assignment.toString()).toBe('two');
    expect(coordinator.checkCommit({ ...first, groupId: GROUP, instanceId: null })).toBe(ErrorCode.NONE);
  });

  test('a rebalance under way does not outlive it, but generations only grow', async () => {
    const alone = await startAlone();
    const joining = joinWith();
    const again = await joinWith({ memberId: alone.memberId });
    await joining;
    restart();
    expect(heartbeat(again)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect((await joinWith()).generation).toBeGreaterThan(again.generation);
  });

  test('a group with members cannot be deleted, one without can', async () => {
    const alone = await startAlone();
    coordinator.commit(GROUP, [change]);
    expect(coordinator.delete(GROUP)).toBe(ErrorCode.NON_EMPTY_GROUP);
    coordinator.leave(GROUP, [{ memberId: alone.memberId, instanceId: null }]);
    expect(coordinator.groupIds()).toEqual([GROUP]);
    expect(coordinator.delete(GROUP)).toBe(ErrorCode.NONE);
    expect(coordinator.delete(GROUP)).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  });
});
