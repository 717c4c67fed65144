import type { Codec } from './codec.ts';

export type LeavingMember = { memberId: string; instanceId: string | null };
export type LeftMember = LeavingMember & { error: number };

export const leaveGroup: Codec<{ groupId: string; members: LeavingMember[] }, LeftMember[]> = {
  /**
   * LeaveGroup (13) request: group string
   * | v0–2: member string; v3: members [member string | instance nullable string]
   */
  decode(reader, version) {
    const groupId = reader.string();
    if (version < 3) return { groupId, members: [{ memberId: reader.string(), instanceId: null }] };
    return {
      groupId,
      members: reader.array((r) => ({ memberId: r.string(), instanceId: r.nullableString() })),
    };
  },

  /**
   * Response: throttle_ms int32 (v1+) | error int16: v0–2 the member's, v3 none
   * | members [member string | instance nullable string | error int16] (v3)
   */
  encode(writer, version, members) {
    if (version >= 1) writer.int32(0);
    writer.int16(version < 3 ? members[0]!.error : 0);
    if (version < 3) return;
    writer.array(members, (member) => {
      writer.string(member.memberId);
      writer.nullableString(member.instanceId);
      writer.int16(member.error);
    });
  },
};
