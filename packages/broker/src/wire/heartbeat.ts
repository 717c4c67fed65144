import type { Codec } from './codec.ts';
import { decodeMember, type MemberRequest } from './member.ts';

export const heartbeat: Codec<MemberRequest, number> = {
  /** Heartbeat (12) request: group string | generation int32 | member string */
  decode: decodeMember,

  /** Response: throttle_ms int32 (v1+) | error int16 */
  encode(writer, version, error) {
    if (version >= 1) writer.int32(0);
    writer.int16(error);
  },
};
