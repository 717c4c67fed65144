import { ErrorCode } from '../wire/error-codes.ts';
import type { JoinGroupResponse } from '../wire/join-group.ts';
import type { Group } from './group.ts';
import type { Member } from './member.ts';

export function joinError(error: ErrorCode, memberId: string): JoinGroupResponse {
  return { error, generation: -1, protocolName: '', leaderId: '', memberId, members: [] };
}

/** What a member is told once the join barrier has opened; the leader is told who they all are. */
export function joinResponse(group: Group, member: Member): JoinGroupResponse {
  const { generation, protocolName, leaderId, roster } = group;
  const told = member.id === leaderId ? roster.all() : [];
  return {
    error: ErrorCode.NONE,
    generation,
    protocolName,
    leaderId,
    memberId: member.id,
    members: told.map((other) => ({
      memberId: other.id,
      instanceId: other.instanceId,
      metadata: other.metadataFor(protocolName),
    })),
  };
}
