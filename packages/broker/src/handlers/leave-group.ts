import type { Handler } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { decodeLeaveGroupRequest, encodeLeaveGroupResponse } from '../wire/leave-group.ts';

export const handleLeaveGroup: Handler = (broker, reader, version) => {
  const { groupId, members } = decodeLeaveGroupRequest(reader, version);
  const left = broker.groups.leave(groupId, members);
  return (writer) => encodeLeaveGroupResponse(writer, version, ErrorCode.NONE, left);
};
