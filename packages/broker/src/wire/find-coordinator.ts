import type { Codec } from './codec.ts';

export const COORDINATOR_FOR_GROUP = 0;

type FindCoordinatorRequest = { key: string; keyType: number };
type Coordinator = {
  error: number;
  message: string | null;
  nodeId: number;
  host: string;
  port: number;
};

export const findCoordinator: Codec<FindCoordinatorRequest, Coordinator> = {
  /** FindCoordinator (10) request: key string | key_type int8 (v1+; 0 group, 1 transaction) */
  decode: (reader, version) => ({
    key: reader.string(),
    keyType: version >= 1 ? reader.int8() : COORDINATOR_FOR_GROUP,
  }),

  /**
   * Response: throttle_ms int32 (v1+) | error int16 | message nullable string (v1+)
   * | node int32 | host string | port int32
   */
  encode(writer, version, response) {
    if (version >= 1) writer.int32(0);
    writer.int16(response.error);
    if (version >= 1) writer.nullableString(response.message);
    writer.int32(response.nodeId);
    writer.string(response.host);
    writer.int32(response.port);
  },
};
