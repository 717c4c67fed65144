import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type LeavingMember = { memberId: string; instanceId: string | null };
export type LeaveGroupRequest = { groupId: string; members: LeavingMember[] };

/**
 * LeaveGroup (13) request: group string
 * | v0–2: member string; v3: members [member string | instance nullable string]
 */
export function decodeLeaveGroupRequest(reader: Reader, version: number): LeaveGroupRequest {
  const groupId = reader.string();
  if (version < 3) return { groupId, members: [{ memberId: reader.string(), instanceId: null }] };
  return {
    groupId,
    members: reader.array((r) => ({ memberId: r.string(), instanceId: r.nullableString() })),
  };
}

export type LeftMember = LeavingMember & { error: number };

/**
 * Response: throttle_ms int32 (v1+) | error int16
 * | members [member string | instance nullable string | error int16] (v3)
 */
export function encodeLeaveGroupResponse(
  writer: Writer,
  version: number,
  error: number,
  members: LeftMember[],
): void {
  if (version >= 1) writer.int32(0);
  writer.int16(version < 3 ? error || (members[0]?.error ?? 0) : error);
  if (version < 3) return;
  writer.array(members, (member) => {
    writer.string(member.memberId);
    writer.nullableString(member.instanceId);
    writer.int16(member.error);
  });
}
