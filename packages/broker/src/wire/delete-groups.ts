import type { Codec } from './codec.ts';

export const deleteGroups: Codec<string[], { groupId: string; error: number }[]> = {
  /** DeleteGroups (42) request: groups [string] */
  decode: (reader) => reader.array((r) => r.string()),

  /** Response: throttle_ms int32 | results [group string | error int16] */
  encode(writer, _version, results) {
    writer.int32(0);
    writer.array(results, (result) => {
      writer.string(result.groupId);
      writer.int16(result.error);
    });
  },
};
