import type { Codec } from './codec.ts';
import type { TopicOutcome } from './create-topics.ts';

type CreatePartitionsRequest = {
  topics: { name: string; partitionCount: number }[];
  validateOnly: boolean;
};

export const createPartitions: Codec<CreatePartitionsRequest, TopicOutcome[]> = {
  /**
   * CreatePartitions (37) request: topics [name string | count int32 | assignments nullable [replicas [int32]]]
   * | timeout_ms int32 | validate_only bool
   */
  decode(reader) {
    const topics = reader.array((r) => {
      const topic = { name: r.string(), partitionCount: r.int32() };
      r.nullableArray((a) => a.array((n) => n.int32()));
      return topic;
    });
    reader.int32();
    return { topics, validateOnly: reader.boolean() };
  },

  /** Response: throttle_ms int32 | results [name string | error int16 | message nullable string] */
  encode(writer, _version, topics) {
    writer.int32(0);
    writer.array(topics, (topic) => {
      writer.string(topic.name);
      writer.int16(topic.error);
      writer.nullableString(topic.message);
    });
  },
};
