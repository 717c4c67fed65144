import type { Handler } from '../server/context.ts';
import { decodeSyncGroupRequest, encodeSyncGroupResponse } from '../wire/sync-group.ts';

export const handleSyncGroup: Handler = async (broker, reader, version, client) => {
  const response = await broker.groups.sync(decodeSyncGroupRequest(reader, version), client.onDisconnect);
  return (writer) => encodeSyncGroupResponse(writer, version, response);
};
