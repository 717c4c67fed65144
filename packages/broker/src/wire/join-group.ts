import type { Codec } from './codec.ts';

export type GroupProtocol = { name: string; metadata: Buffer };

export type JoinGroupRequest = {
  groupId: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  memberId: string;
  instanceId: string | null;
  protocolType: string;
  protocols: GroupProtocol[];
};

type JoinedMember = { memberId: string; instanceId: string | null; metadata: Buffer };

export type JoinGroupResponse = {
  error: number;
  generation: number;
  protocolName: string;
  leaderId: string;
  memberId: string;
  /** All members for the leader, none for the others. */
  members: JoinedMember[];
};

export const joinGroup: Codec<JoinGroupRequest, JoinGroupResponse> = {
  /**
   * JoinGroup (11) request: group string | session_timeout_ms int32 | rebalance_timeout_ms int32 (v1+)
   * | member string | instance nullable string (v5+) | protocol_type string
   * | protocols [name string | metadata bytes]          v6 is flexible.
   */
  decode(reader, version) {
    const groupId = reader.string();
    const sessionTimeoutMs = reader.int32();
    const rebalanceTimeoutMs = version >= 1 ? reader.int32() : sessionTimeoutMs;
    const memberId = reader.string();
    const instanceId = version >= 5 ? reader.nullableString() : null;
    const protocolType = reader.string();
    const protocols = reader.array((r) => {
      const protocol = { name: r.string(), metadata: r.bytes() };
      r.tags();
      return protocol;
    });
    reader.tags();
    return { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, instanceId, protocolType, protocols };
  },

  /**
   * Response: throttle_ms int32 (v2+) | error int16 | generation int32 | protocol string | leader string
   * | member string | members [member string | instance nullable string (v5+) | metadata bytes]
   */
  encode(writer, version, response) {
    if (version >= 2) writer.int32(0);
    writer.int16(response.error);
    writer.int32(response.generation);
    writer.string(response.protocolName);
    writer.string(response.leaderId);
    writer.string(response.memberId);
    writer.array(response.members, (member) => {
      writer.string(member.memberId);
      if (version >= 5) writer.nullableString(member.instanceId);
      writer.bytes(member.metadata);
      writer.tags();
    });
    writer.tags();
  },
};
