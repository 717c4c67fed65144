import type { Writer } from './writer.ts';

/**
 * ListGroups (16). The request is empty.
 * Response: throttle_ms int32 (v1+) | error int16 | groups [group string | protocol_type string]
 */
export function encodeListGroupsResponse(
  writer: Writer,
  version: number,
  groups: { groupId: string; protocolType: string }[],
): void {
  if (version >= 1) writer.int32(0);
  writer.int16(0);
  writer.array(groups, (group) => {
    writer.string(group.groupId);
    writer.string(group.protocolType);
  });
}
