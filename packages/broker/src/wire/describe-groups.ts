import type { Codec } from './codec.ts';

type DescribedMember = {
  memberId: string;
  clientId: string;
  clientHost: string;
  metadata: Buffer;
  assignment: Buffer;
};

export type DescribedGroup = {
  groupId: string;
  state: string;
  protocolType: string;
  protocolName: string;
  members: DescribedMember[];
};

const OPERATIONS_NOT_ASKED = -2_147_483_648;

export const describeGroups: Codec<string[], DescribedGroup[]> = {
  /** DescribeGroups (15) request: groups [string] | include_authorized_operations bool (v3) */
  decode: (reader) => reader.array((r) => r.string()),

  /**
   * Response: throttle_ms int32 (v1+) | groups [error int16 | group string | state string | protocol_type string
   * | protocol string | members [member string | client_id string | client_host string | metadata bytes
   * | assignment bytes] | authorized_operations int32 (v3)]
   */
  encode(writer, version, groups) {
    if (version >= 1) writer.int32(0);
    writer.array(groups, (group) => {
      writer.int16(0);
      writer.string(group.groupId);
      writer.string(group.state);
      writer.string(group.protocolType);
      writer.string(group.protocolName);
      writer.array(group.members, (member) => {
        writer.string(member.memberId);
        writer.string(member.clientId);
        writer.string(member.clientHost);
        writer.bytes(member.metadata);
        writer.bytes(member.assignment);
      });
      if (version >= 3) writer.int32(OPERATIONS_NOT_ASKED);
    });
  },
};
