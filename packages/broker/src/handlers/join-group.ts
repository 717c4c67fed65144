import type { Handler } from '../server/context.ts';
import { decodeJoinGroupRequest, encodeJoinGroupResponse } from '../wire/join-group.ts';

/** From this version on, a newcomer gets its member id before joining. */
const FIRST_VERSION_WITH_MEMBER_ID_REQUIRED = 4;

export const handleJoinGroup: Handler = async (broker, reader, version, client) => {
  const response = await broker.groups.join(decodeJoinGroupRequest(reader, version), {
    client: { clientId: client.clientId, host: client.host },
    mustKnowItsId: version >= FIRST_VERSION_WITH_MEMBER_ID_REQUIRED,
    onDisconnect: client.onDisconnect,
  });
  return (writer) => encodeJoinGroupResponse(writer, version, response);
};
