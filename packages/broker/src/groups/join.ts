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
  const { memberId } = request;
  const member = group.roster.members.get(memberId);
  if (!group.accepts(request.protocolType, request.protocols, member)) {
    return joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId);
  }
  if (member !== undefined) return rejoin(group, member, request, options);
  if (memberId === '') return joinAsNewcomer(group, request, options);
  if (group.roster.isPromised(memberId)) return admit(group, memberId, request, options);
  return joinError(ErrorCode.UNKNOWN_MEMBER_ID, memberId);
}

function joinAsNewcomer(group: Group, request: JoinGroupRequest, options: JoinOptions) {
  const memberId = `${options.client.clientId}-${crypto.randomUUID()}`;
  if (options.mustKnowItsId) {
    group.promise(memberId, request.sessionTimeoutMs);
    return joinError(ErrorCode.MEMBER_ID_REQUIRED, memberId);
  }
  return admit(group, memberId, request, options);
}

function admit(group: Group, memberId: string, request: JoinGroupRequest, options: JoinOptions) {
  const wasPromised = group.roster.isPromised(memberId);
  const member = new Member(memberId, options.client, request, request.protocols);
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
