import type { Codec } from './codec.ts';

export type GroupProtocol = { name: string; metadata: Buffer };

export type JoinGroupRequest = {
  groupId: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  memberId: string;
  protocolType: string;
  protocols: GroupProtocol[];
};

export type JoinGroupResponse = {
  error: number;
  generation: number;
  protocolName: string;
  leaderId: string;
  memberId: string;
  /** All members for the leader, none for the others. */
  members: { memberId: string; metadata: Buffer }[];
};

export const joinGroup: Codec<JoinGroupRequest, JoinGroupResponse> = {
  /**
   * JoinGroup (11) request: group string | session_timeout_ms int32 | rebalance_timeout_ms int32 (v1+)
   * | member string | protocol_type string | protocols [name string | metadata bytes]
   */
  decode(reader, version) {
    const groupId = reader.string();
    const sessionTimeoutMs = reader.int32();
    const rebalanceTimeoutMs = version >= 1 ? reader.int32() : sessionTimeoutMs;
    const memberId = reader.string();
    const protocolType = reader.string();
    const protocols = reader.array((r) => ({ name: r.string(), metadata: r.bytes() }));
    return { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, protocolType, protocols };
  },

  /**
   * Response: throttle_ms int32 (v2+) | error int16 | generation int32 | protocol string | leader string
   * | member string | members [member string | metadata bytes]
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
      writer.bytes(member.metadata);
    });
  },
};
