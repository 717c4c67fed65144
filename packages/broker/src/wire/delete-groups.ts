import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** DeleteGroups (42) request: groups [string] */
export function decodeDeleteGroupsRequest(reader: Reader): string[] {
  return reader.array((r) => r.string());
}

/** Response: throttle_ms int32 | results [group string | error int16] */
export function encodeDeleteGroupsResponse(
  writer: Writer,
  results: { groupId: string; error: number }[],
): void {
  writer.int32(0);
  writer.array(results, (result) => {
    writer.string(result.groupId);
    writer.int16(result.error);
  });
}
