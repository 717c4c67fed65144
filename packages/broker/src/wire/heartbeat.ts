import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** How a member names itself in Heartbeat, SyncGroup and OffsetCommit. */
export type MemberRequest = {
  groupId: string;
  generation: number;
  memberId: string;
  instanceId: string | null;
};

/** Heartbeat (12) request: group string | generation int32 | member string | instance nullable string (v3+) */
export function decodeHeartbeatRequest(reader: Reader, version: number): MemberRequest {
  return {
    groupId: reader.string(),
    generation: reader.int32(),
    memberId: reader.string(),
    instanceId: version >= 3 ? reader.nullableString() : null,
  };
}

/** Response: throttle_ms int32 (v1+) | error int16 */
export function encodeHeartbeatResponse(writer: Writer, version: number, error: number): void {
  if (version >= 1) writer.int32(0);
  writer.int16(error);
}
