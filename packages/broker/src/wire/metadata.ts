import type { Codec } from './codec.ts';

type MetadataRequest = { topics: string[] | null; allowAutoCreate: boolean };

export type MetadataTopic = { error: number; name: string; partitionCount: number };

type MetadataResponse = {
  nodeId: number;
  host: string;
  port: number;
  clusterId: string;
  topics: MetadataTopic[];
};

const OPERATIONS_NOT_ASKED = -2_147_483_648;

export const metadata: Codec<MetadataRequest, MetadataResponse> = {
  /**
   * Metadata (3) request:
   * topics nullable [name string] (null: all) | allow_auto_create bool (v4+)
   * | include_cluster_authorized_operations bool, include_topic_authorized_operations bool (v8)
   */
  decode(reader, version) {
    const topics = reader.nullableArray((r) => r.string());
    return { topics, allowAutoCreate: version >= 4 ? reader.boolean() : true };
  },

  /**
   * Response: throttle_ms int32 (v3+) | brokers [node int32 | host string | port int32 | rack nullable]
   * | cluster_id nullable (v2+) | controller int32
   * | topics [error int16 | name string | internal bool
   *           | partitions [error int16 | index int32 | leader int32 | leader_epoch int32 (v7+)
   *                         | replicas [int32] | isr [int32] | offline [int32] (v5+)]
   *           | authorized_operations int32 (v8)]
   * | authorized_operations int32 (v8)
   */
  encode(writer, version, response) {
    const { nodeId } = response;
    if (version >= 3) writer.int32(0);
    writer.arrayLength(1);
    writer.int32(nodeId);
    writer.string(response.host);
    writer.int32(response.port);
    writer.nullableString(null);
    if (version >= 2) writer.nullableString(response.clusterId);
    writer.int32(nodeId);
    writer.array(response.topics, (topic) => {
      writer.int16(topic.error);
      writer.string(topic.name);
      writer.boolean(false);
      writer.arrayLength(topic.partitionCount);
      for (let index = 0; index < topic.partitionCount; index++) {
        writer.int16(0);
        writer.int32(index);
        writer.int32(nodeId);
        if (version >= 7) writer.int32(0);
        writer.array([nodeId], (id) => writer.int32(id));
        writer.array([nodeId], (id) => writer.int32(id));
        if (version >= 5) writer.arrayLength(0);
      }
      if (version >= 8) writer.int32(OPERATIONS_NOT_ASKED);
    });
    if (version >= 8) writer.int32(OPERATIONS_NOT_ASKED);
  },
};
