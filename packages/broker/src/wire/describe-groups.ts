import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** DescribeGroups (15) request: groups [string] | include_authorized_operations bool (v3+) */
export function decodeDescribeGroupsRequest(reader: Reader): string[] {
  return reader.array((r) => r.string());
}

export type DescribedMember = {
  memberId: string;
  instanceId: string | null;
  clientId: string;
  clientHost: string;
  metadata: Buffer;
  assignment: Buffer;
};

export type DescribedGroup = {
  error: number;
  groupId: string;
  state: string;
  protocolType: string;
  protocolName: string;
  members: DescribedMember[];
};

const OPERATIONS_NOT_ASKED = -2_147_483_648;

/**
 * Response: throttle_ms int32 (v1+) | groups [error int16 | group string | state string | protocol_type string
 * | protocol string | members [member string | instance nullable string (v4) | client_id string
 *   | client_host string | metadata bytes | assignment bytes] | authorized_operations int32 (v3+)]
 */
export function encodeDescribeGroupsResponse(
  writer: Writer,
  version: number,
  groups: DescribedGroup[],
): void {
  if (version >= 1) writer.int32(0);
  writer.array(groups, (group) => {
    writer.int16(group.error);
    writer.string(group.groupId);
    writer.string(group.state);
    writer.string(group.protocolType);
    writer.string(group.protocolName);
    writer.array(group.members, (member) => {
      writer.string(member.memberId);
      if (version >= 4) writer.nullableString(member.instanceId);
      writer.string(member.clientId);
      writer.string(member.clientHost);
      writer.bytes(member.metadata);
      writer.bytes(member.assignment);
    });
    if (version >= 3) writer.int32(OPERATIONS_NOT_ASKED);
  });
}
