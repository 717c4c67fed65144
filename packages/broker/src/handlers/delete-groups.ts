import type { Handler } from '../server/context.ts';
import { decodeDeleteGroupsRequest, encodeDeleteGroupsResponse } from '../wire/delete-groups.ts';

export const handleDeleteGroups: Handler = (broker, reader) => {
  const results = decodeDeleteGroupsRequest(reader).map((groupId) => ({
    groupId,
    error: broker.groups.delete(groupId),
  }));
  return (writer) => encodeDeleteGroupsResponse(writer, results);
};
