import type { Reader } from './reader.ts';

/** How a member names itself in Heartbeat, SyncGroup and OffsetCommit. */
export type MemberRequest = {
  groupId: string;
  generation: number;
  memberId: string;
  instanceId: string | null;
};

/** group string | generation int32 | member string | instance nullable string, in later versions */
export function decodeMember(reader: Reader, hasInstance: boolean): MemberRequest {
  return {
    groupId: reader.string(),
    generation: reader.int32(),
    memberId: reader.string(),
    instanceId: hasInstance ? reader.nullableString() : null,
  };
}
