import { NO_BYTES } from '../groups/member.ts';
import type { BrokerContext } from '../server/context.ts';
import { deleteGroups } from '../wire/delete-groups.ts';
import { type DescribedGroup, describeGroups } from '../wire/describe-groups.ts';
import { heartbeat } from '../wire/heartbeat.ts';
import { joinGroup } from '../wire/join-group.ts';
import { leaveGroup } from '../wire/leave-group.ts';
import { listGroups } from '../wire/list-groups.ts';
import { syncGroup } from '../wire/sync-group.ts';
import { answer } from './answer.ts';

/** From this version on, a newcomer gets its member id before joining. */
const FIRST_VERSION_WITH_MEMBER_ID_REQUIRED = 4;

export const handleJoinGroup = answer(joinGroup, ({ groups }, request, client, version) =>
  groups.join(request, {
    client: { clientId: client.clientId, host: client.host },
    mustKnowItsId: version >= FIRST_VERSION_WITH_MEMBER_ID_REQUIRED,
    onDisconnect: client.onDisconnect,
  }),
);

export const handleSyncGroup = answer(syncGroup, ({ groups }, request, client) =>
  groups.sync(request, client.onDisconnect),
);

export const handleHeartbeat = answer(heartbeat, ({ groups }, request) => groups.heartbeat(request));

export const handleLeaveGroup = answer(leaveGroup, ({ groups }, { groupId, memberId }) =>
  groups.leave(groupId, memberId),
);

export const handleDeleteGroups = answer(deleteGroups, ({ groups }, groupIds) =>
  groupIds.map((groupId) => ({ groupId, error: groups.delete(groupId) })),
);

export const handleListGroups = answer(listGroups, ({ groups }) =>
  groups.groupIds().map((groupId) => ({ groupId, protocolType: groups.protocolType(groupId) })),
);

export const handleDescribeGroups = answer(describeGroups, (broker, groupIds) =>
  groupIds.map((groupId) => describe(broker, groupId)),
);

function describe({ groups }: BrokerContext, groupId: string): DescribedGroup {
  const group = groups.find(groupId);
  const protocolType = groups.protocolType(groupId);
  if (group === undefined) {
    const state = groups.groupIds().includes(groupId) ? 'Empty' : 'Dead';
    return { groupId, state, protocolType, protocolName: '', members: [] };
  }
  const isStable = group.state === 'Stable';
  const members = group.roster.all().map((member) => ({
    memberId: member.id,
    clientId: member.client.clientId,
    clientHost: `/${member.client.host}`,
    metadata: isStable ? member.metadataFor(group.protocolName) : NO_BYTES,
    assignment: isStable ? member.assignment : NO_BYTES,
  }));
  const protocolName = isStable ? group.protocolName : '';
  return { groupId, state: group.state, protocolType, protocolName, members };
}
