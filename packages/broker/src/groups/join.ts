import { ErrorCode } from '../wire/error-codes.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../wire/join-group.ts';
import type { Group } from './group.ts';
import { joinError, joinResponse } from './join-response.ts';
import { Member, type MemberClient } from './member.ts';

export type JoinOptions = {
  client: MemberClient;
  /** From version 4 on, a newcomer is told its id first, so that a lost response leaves no ghost. */
  mustKnowItsId: boolean;
  /** Registers what to do when the connection closes before the response. */
  onDisconnect(abandon: () => void): void;
};

/** JoinGroup. The promise is pending until the join barrier opens. */
export function joinGroup(
  group: Group,
  request: JoinGroupRequest,
  options: JoinOptions,
): Promise<JoinGroupResponse> | JoinGroupResponse {
  const { memberId, instanceId } = request;
  const owner = instanceId === null ? undefined : group.roster.ofInstance(instanceId);
  const known = group.roster.members.get(memberId) ?? (memberId === '' ? owner : undefined);
  if (!group.accepts(request.protocolType, request.protocols, known)) {
    return joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId);
  }
  if (memberId === '') {
    if (owner !== undefined) return replaceInstance(group, owner, request, options);
    return joinAsNewcomer(group, request, options);
  }
  if (group.roster.isPromised(memberId)) return admit(group, memberId, request, options);
  const error = group.roster.check(memberId, instanceId);
  if (error !== ErrorCode.NONE) return joinError(error, memberId);
  return rejoin(group, group.roster.members.get(memberId)!, request, options);
}

function joinAsNewcomer(group: Group, request: JoinGroupRequest, options: JoinOptions) {
  const prefix = request.instanceId ?? options.client.clientId;
  const memberId = `${prefix}-${crypto.randomUUID()}`;
  if (options.mustKnowItsId && request.instanceId === null) {
    group.promise(memberId, request.sessionTimeoutMs);
    return joinError(ErrorCode.MEMBER_ID_REQUIRED, memberId);
  }
  return admit(group, memberId, request, options);
}

function admit(group: Group, memberId: string, request: JoinGroupRequest, options: JoinOptions) {
  const wasPromised = group.roster.isPromised(memberId);
  const member = new Member(memberId, request.instanceId, options.client, request, request.protocols);
  member.isKnownToClient = wasPromised;
  if (group.roster.members.size === 0) group.protocolType = request.protocolType;
  const answer = parkJoin(group, member, options);
  group.roster.add(member);
  group.extendInitialDelay();
  group.rebalance();
  return answer;
}

function rejoin(group: Group, member: Member, request: JoinGroupRequest, options: JoinOptions) {
  const hasChanged = !member.offersSame(request.protocols);
  const isLeader = member.id === group.leaderId;
  member.protocols = request.protocols;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  // A retry after a lost response: gets the same one again.
  const repeated = group.state === 'CompletingRebalance' || (group.state === 'Stable' && !isLeader);
  if (repeated && !hasChanged) {
    group.renewSession(member);
    return joinResponse(group, member);
  }
  const answer = parkJoin(group, member, options);
  group.rebalance();
  return answer;
}

/**
 * A static member came back without its id, after a restart: it takes its old place, and the old id is fenced.
 * In a stable group with nothing changed, it gets its old assignment without a rebalance, and the previous
 * leader's id, so that it does not assign again.
 */
function replaceInstance(group: Group, old: Member, request: JoinGroupRequest, options: JoinOptions) {
  const leaderBefore = group.leaderId;
  const memberId = `${request.instanceId}-${crypto.randomUUID()}`;
  const member = new Member(memberId, request.instanceId, options.client, request, request.protocols);
  member.assignment = old.assignment;
  const unchanged = old.metadataFor(group.protocolName).equals(member.metadataFor(group.protocolName));
  group.evict(old, ErrorCode.FENCED_INSTANCE_ID);
  if (group.state === 'Stable' && unchanged) {
    if (leaderBefore === old.id) group.leaderId = member.id;
    group.admitReplacement(member);
    return { ...joinResponse(group, member), leaderId: leaderBefore, members: [] };
  }
  const answer = parkJoin(group, member, options);
  group.roster.add(member);
  if (leaderBefore === old.id) group.leaderId = member.id;
  group.rebalance();
  return answer;
}

function parkJoin(group: Group, member: Member, options: JoinOptions): Promise<JoinGroupResponse> {
  member.suspendSession();
  // If an older JoinGroup of this member is still parked, only the newest counts.
  member.answerJoin(joinError(ErrorCode.REBALANCE_IN_PROGRESS, member.id));
  member.answerSync(ErrorCode.REBALANCE_IN_PROGRESS);
  return new Promise((resolve) => {
    member.parkedJoin = resolve;
    options.onDisconnect(() => {
      if (member.parkedJoin !== resolve) return;
      member.parkedJoin = undefined;
      if (member.isKnownToClient) group.renewSession(member);
      else group.remove(member);
    });
  });
}
