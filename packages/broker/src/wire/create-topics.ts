import type { Codec } from './codec.ts';

export type CreatableTopic = {
  name: string;
  /** −1 asks for the broker's default. */
  partitionCount: number;
  replicationFactor: number;
  assignments: { partition: number; replicas: number[] }[];
  configs: { name: string; value: string | null }[];
};
type CreateTopicsRequest = { topics: CreatableTopic[]; validateOnly: boolean };
export type TopicOutcome = { name: string; error: number; message: string | null };

export const createTopics: Codec<CreateTopicsRequest, TopicOutcome[]> = {
  /**
   * CreateTopics (19) request: topics [name string | partitions int32 | replication_factor int16
   * | assignments [partition int32 | replicas [int32]] | configs [name string | value nullable string]]
   * | timeout_ms int32 | validate_only bool (v1+)
   */
  decode(reader, version) {
    const topics = reader.array((r) => ({
      name: r.string(),
      partitionCount: r.int32(),
      replicationFactor: r.int16(),
      assignments: r.array((a) => ({ partition: a.int32(), replicas: a.array((n) => n.int32()) })),
      configs: r.array((c) => ({ name: c.string(), value: c.nullableString() })),
    }));
    reader.int32();
    return { topics, validateOnly: version >= 1 && reader.boolean() };
  },

  /** Response: throttle_ms int32 (v2+) | topics [name string | error int16 | message nullable string (v1+)] */
  encode(writer, version, topics) {
    if (version >= 2) writer.int32(0);
    writer.array(topics, (topic) => {
      writer.string(topic.name);
      writer.int16(topic.error);
      if (version >= 1) writer.nullableString(topic.message);
    });
  },
};
