import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export type SyncGroupRequest = {
  groupId: string;
  generation: number;
  memberId: string;
  instanceId: string | null;
  assignments: { memberId: string; assignment: Buffer }[];
};

/**
 * SyncGroup (14) request: group string | generation int32 | member string | instance nullable string (v3+)
 * | assignments [member string | assignment bytes]
 */
export function decodeSyncGroupRequest(reader: Reader, version: number): SyncGroupRequest {
  return {
    groupId: reader.string(),
    generation: reader.int32(),
    memberId: reader.string(),
    instanceId: version >= 3 ? reader.nullableString() : null,
    assignments: reader.array((r) => ({ memberId: r.string(), assignment: r.bytes() })),
  };
}

export type SyncGroupResponse = { error: number; assignment: Buffer };

/** Response: throttle_ms int32 (v1+) | error int16 | assignment bytes */
export function encodeSyncGroupResponse(writer: Writer, version: number, response: SyncGroupResponse): void {
  if (version >= 1) writer.int32(0);
  writer.int16(response.error);
  writer.bytes(response.assignment);
}
