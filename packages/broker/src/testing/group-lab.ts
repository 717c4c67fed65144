import { afterEach, beforeEach } from 'bun:test';
import { join } from 'node:path';
import { GroupCoordinator } from '../groups/coordinator.ts';
import { GroupStore } from '../groups/group-store.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../wire/join-group.ts';
import type { SyncGroupResponse } from '../wire/sync-group.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const GROUP = 'executors';
export const LONG_MS = 60_000;

let folder: ReturnType<typeof temporaryFolder>;
export let coordinator: GroupCoordinator;

function openCoordinator(initialRebalanceDelayMs = 0): GroupCoordinator {
  const logger = () => {};
  const offsets = new GroupStore(join(folder.path, 'offsets'), logger);
  const settings = { initialRebalanceDelayMs, sessionTimeoutMsMin: 10, sessionTimeoutMsMax: LONG_MS };
  return new GroupCoordinator(offsets, settings, logger);
}

export function restart({ initialRebalanceDelayMs = 0 } = {}): void {
  coordinator.close();
  coordinator.offsets.close();
  coordinator = openCoordinator(initialRebalanceDelayMs);
}

/** A new coordinator for each test of a file. */
export function withCoordinator(): void {
  beforeEach(() => {
    folder = temporaryFolder();
    coordinator = openCoordinator();
  });
  afterEach(() => {
    coordinator.close();
    coordinator.offsets.close();
    folder[Symbol.dispose]();
  });
}

type JoinChanges = Partial<JoinGroupRequest> & {
  metadata?: string;
  /** As from version 4 on. */
  mustKnowItsId?: boolean;
  onDisconnect?: (run: () => void) => void;
};

export async function joinWith({
  metadata = 'm',
  mustKnowItsId = false,
  onDisconnect = () => {},
  ...changes
}: JoinChanges = {}) {
  const request: JoinGroupRequest = {
    groupId: GROUP,
    sessionTimeoutMs: LONG_MS,
    rebalanceTimeoutMs: LONG_MS,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from(metadata) }],
    ...changes,
  };
  const client = { clientId: 'test', host: '127.0.0.1' };
  return coordinator.join(request, { client, mustKnowItsId, onDisconnect });
}

export async function sync(
  member: JoinGroupResponse,
  parts: Record<string, string> = {},
  onDisconnect: (run: () => void) => void = () => {},
): Promise<SyncGroupResponse> {
  const { generation, memberId } = member;
  const assignments = Object.entries(parts).map(([id, part]) => ({
    memberId: id,
    assignment: Buffer.from(part),
  }));
  const request = { groupId: GROUP, generation, memberId, assignments };
  return coordinator.sync(request, onDisconnect);
}

export function heartbeat({ memberId, generation }: { memberId: string; generation: number }) {
  return coordinator.heartbeat({ groupId: GROUP, generation, memberId });
}

/** A stable group with one member. */
export async function startAlone(changes: JoinChanges = {}): Promise<JoinGroupResponse> {
  const member = await joinWith(changes);
  await sync(member, { [member.memberId]: 'all' });
  return member;
}

/** A stable group with two members, the first of which leads. */
export async function startPair(): Promise<[JoinGroupResponse, JoinGroupResponse]> {
  const alone = await startAlone();
  const joining = joinWith();
  const first = await joinWith({ memberId: alone.memberId });
  const second = await joining;
  const syncing = sync(second);
  await sync(first, { [first.memberId]: 'one', [second.memberId]: 'two' });
  await syncing;
  return [first, second];
}

/** Resolves when a session of that length has expired, in another group. */
export async function pass(sessionTimeoutMs: number): Promise<void> {
  await joinWith({ groupId: 'clock', sessionTimeoutMs });
  await joinWith({ groupId: 'clock' });
}

export const state = () => coordinator.find(GROUP)?.state;
