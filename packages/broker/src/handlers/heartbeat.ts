import type { Handler } from '../server/context.ts';
import { decodeHeartbeatRequest, encodeHeartbeatResponse } from '../wire/heartbeat.ts';

export const handleHeartbeat: Handler = (broker, reader, version) => {
  const error = broker.groups.heartbeat(decodeHeartbeatRequest(reader, version));
  return (writer) => encodeHeartbeatResponse(writer, version, error);
};
