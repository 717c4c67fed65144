import { NO_BYTES } from '../groups/member.ts';
import type { BrokerContext, Handler } from '../server/context.ts';
import {
  type DescribedGroup,
  decodeDescribeGroupsRequest,
  encodeDescribeGroupsResponse,
} from '../wire/describe-groups.ts';
import { ErrorCode } from '../wire/error-codes.ts';

export const handleDescribeGroups: Handler = (broker, reader, version) => {
  const groups = decodeDescribeGroupsRequest(reader).map((groupId) => describe(broker, groupId));
  return (writer) => encodeDescribeGroupsResponse(writer, version, groups);
};

function describe({ groups }: BrokerContext, groupId: string): DescribedGroup {
  const group = groups.find(groupId);
  const protocolType = groups.protocolType(groupId);
  if (group === undefined) {
    const state = groups.groupIds().includes(groupId) ? 'Empty' : 'Dead';
    return { error: ErrorCode.NONE, groupId, state, protocolType, protocolName: '', members: [] };
  }
  const isStable = group.state === 'Stable';
  const members = group.roster.all().map((member) => ({
    memberId: member.id,
    instanceId: member.instanceId,
    clientId: member.client.clientId,
    clientHost: `/${member.client.host}`,
    metadata: isStable ? member.metadataFor(group.protocolName) : NO_BYTES,
    assignment: isStable ? member.assignment : NO_BYTES,
  }));
  const protocolName = isStable ? group.protocolName : '';
  return { error: ErrorCode.NONE, groupId, state: group.state, protocolType, protocolName, members };
}
