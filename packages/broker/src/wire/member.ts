import type { Reader } from './reader.ts';

/** How a member names itself in Heartbeat, SyncGroup and OffsetCommit. */
export type MemberRequest = { groupId: string; generation: number; memberId: string };

/** group string | generation int32 | member string */
export function decodeMember(reader: Reader): MemberRequest {
  return { groupId: reader.string(), generation: reader.int32(), memberId: reader.string() };
}
