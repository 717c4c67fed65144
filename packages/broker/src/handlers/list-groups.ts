import type { Handler } from '../server/context.ts';
import { encodeListGroupsResponse } from '../wire/list-groups.ts';

export const handleListGroups: Handler = ({ groups }, _reader, version) => {
  const listed = groups
    .groupIds()
    .map((groupId) => ({ groupId, protocolType: groups.protocolType(groupId) }));
  return (writer) => encodeListGroupsResponse(writer, version, listed);
};
