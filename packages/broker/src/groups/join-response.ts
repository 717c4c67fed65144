import { ErrorCode } from '../wire/error-codes.ts';
import type { JoinGroupResponse } from '../wire/join-group.ts';
import type { Group } from './group.ts';
import type { Member } from './member.ts';

export function joinError(error: ErrorCode, memberId: string): JoinGroupResponse {
  return { error, generation: -1, protocolName: '', leaderId: '', memberId, members: [] };
}

/** A member's response once the join barrier opens; only the leader's lists the members. */
export function joinResponse(group: Group, member: Member): JoinGroupResponse {
  const { generation, protocolName, leaderId, roster } = group;
  const listed = member.id === leaderId ? roster.all() : [];
  return {
    error: ErrorCode.NONE,
    generation,
    protocolName,
    leaderId,
    memberId: member.id,
    members: listed.map((other) => ({
      memberId: other.id,
      metadata: other.metadataFor(protocolName),
    })),
  };
}
