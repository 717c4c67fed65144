import type { Codec } from './codec.ts';

export const leaveGroup: Codec<{ groupId: string; memberId: string }, number> = {
  /** LeaveGroup (13) request: group string | member string */
  decode: (reader) => ({ groupId: reader.string(), memberId: reader.string() }),

  /** Response: throttle_ms int32 (v1+) | error int16 */
  encode(writer, version, error) {
    if (version >= 1) writer.int32(0);
    writer.int16(error);
  },
};
