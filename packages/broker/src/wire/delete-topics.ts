import type { Codec } from './codec.ts';

export const deleteTopics: Codec<string[], { name: string; error: number }[]> = {
  /** DeleteTopics (20) request: names [string] | timeout_ms int32 */
  decode(reader) {
    const names = reader.array((r) => r.string());
    reader.int32();
    return names;
  },

  /** Response: throttle_ms int32 (v1+) | topics [name string | error int16] */
  encode(writer, version, topics) {
    if (version >= 1) writer.int32(0);
    writer.array(topics, (topic) => {
      writer.string(topic.name);
      writer.int16(topic.error);
    });
  },
};
