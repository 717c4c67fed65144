import type { Codec } from './codec.ts';
import { decodeMember, type MemberRequest } from './member.ts';

export type SyncGroupRequest = MemberRequest & { assignments: { memberId: string; assignment: Buffer }[] };
export type SyncGroupResponse = { error: number; assignment: Buffer };

export const syncGroup: Codec<SyncGroupRequest, SyncGroupResponse> = {
  /**
   * SyncGroup (14) request: group string | generation int32 | member string
   * | assignments [member string | assignment bytes]
   */
  decode: (reader) => ({
    ...decodeMember(reader),
    assignments: reader.array((r) => ({ memberId: r.string(), assignment: r.bytes() })),
  }),

  /** Response: throttle_ms int32 (v1+) | error int16 | assignment bytes */
  encode(writer, version, response) {
    if (version >= 1) writer.int32(0);
    writer.int16(response.error);
    writer.bytes(response.assignment);
  },
};
