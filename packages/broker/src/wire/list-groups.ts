import type { Codec } from './codec.ts';

export const listGroups: Codec<void, { groupId: string; protocolType: string }[]> = {
  /** ListGroups (16). The request is empty. */
  decode() {},

  /** Response: throttle_ms int32 (v1+) | error int16 | groups [group string | protocol_type string] */
  encode(writer, version, groups) {
    if (version >= 1) writer.int32(0);
    writer.int16(0);
    writer.array(groups, (group) => {
      writer.string(group.groupId);
      writer.string(group.protocolType);
    });
  },
};
