import { handleAlterConfigs, handleIncrementalAlterConfigs } from '../handlers/alter-configs.ts';
import { handleCreatePartitions } from '../handlers/create-partitions.ts';
import { handleCreateTopics } from '../handlers/create-topics.ts';
import { handleDeleteRecords } from '../handlers/delete-records.ts';
import { handleDeleteTopics } from '../handlers/delete-topics.ts';
import { handleDescribeConfigs } from '../handlers/describe-configs.ts';
import { handleFetch } from '../handlers/fetch.ts';
import { handleFindCoordinator } from '../handlers/find-coordinator.ts';
import {
  handleDeleteGroups,
  handleDescribeGroups,
  handleHeartbeat,
  handleJoinGroup,
  handleLeaveGroup,
  handleListGroups,
  handleSyncGroup,
} from '../handlers/groups.ts';
import { handleInitProducerId } from '../handlers/init-producer-id.ts';
import { handleListOffsets } from '../handlers/list-offsets.ts';
import { handleMetadata } from '../handlers/metadata.ts';
import { handleOffsetCommit } from '../handlers/offset-commit.ts';
import { handleOffsetFetch } from '../handlers/offset-fetch.ts';
import { handleProduce } from '../handlers/produce.ts';
import { type ApiRange, encodeApiVersionsResponse } from '../wire/api-versions.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import type { Encode, Handler } from './context.ts';

export const ApiKey = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  DescribeGroups: 15,
  ListGroups: 16,
  ApiVersions: 18,
  CreateTopics: 19,
  DeleteTopics: 20,
  DeleteRecords: 21,
  InitProducerId: 22,
  DescribeConfigs: 32,
  AlterConfigs: 33,
  CreatePartitions: 37,
  DeleteGroups: 42,
  IncrementalAlterConfigs: 44,
} as const;

type Api = ApiRange & { handle: Handler };

const handleApiVersions: Handler = (_broker, _reader, version) => (writer) =>
  encodeApiVersionsResponse(writer, version, ErrorCode.NONE, APIS);

/**
 * The supported versions: Redpanda's ranges, as far as kafkajs, librdkafka and others use them. Produce starts
 * at 0, though 0–2 only get an error, because otherwise librdkafka assumes "no compression". Those for groups end
 * before static membership, so that clients which ask for it say that it is not supported.
 */
const APIS: Api[] = [
  { key: ApiKey.Produce, min: 0, max: 7, handle: handleProduce },
  { key: ApiKey.Fetch, min: 4, max: 11, handle: handleFetch },
  { key: ApiKey.ListOffsets, min: 1, max: 3, handle: handleListOffsets },
  { key: ApiKey.Metadata, min: 1, max: 8, handle: handleMetadata },
  { key: ApiKey.OffsetCommit, min: 2, max: 6, handle: handleOffsetCommit },
  { key: ApiKey.OffsetFetch, min: 1, max: 5, handle: handleOffsetFetch },
  { key: ApiKey.FindCoordinator, min: 0, max: 2, handle: handleFindCoordinator },
  { key: ApiKey.JoinGroup, min: 0, max: 4, handle: handleJoinGroup },
  { key: ApiKey.Heartbeat, min: 0, max: 2, handle: handleHeartbeat },
  { key: ApiKey.LeaveGroup, min: 0, max: 2, handle: handleLeaveGroup },
  { key: ApiKey.SyncGroup, min: 0, max: 2, handle: handleSyncGroup },
  { key: ApiKey.DescribeGroups, min: 0, max: 3, handle: handleDescribeGroups },
  { key: ApiKey.ListGroups, min: 0, max: 2, handle: handleListGroups },
  { key: ApiKey.ApiVersions, min: 0, max: 3, handle: handleApiVersions },
  { key: ApiKey.CreateTopics, min: 0, max: 4, handle: handleCreateTopics },
  { key: ApiKey.DeleteTopics, min: 0, max: 3, handle: handleDeleteTopics },
  { key: ApiKey.DeleteRecords, min: 0, max: 1, handle: handleDeleteRecords },
  { key: ApiKey.InitProducerId, min: 0, max: 1, handle: handleInitProducerId },
  { key: ApiKey.DescribeConfigs, min: 0, max: 2, handle: handleDescribeConfigs },
  { key: ApiKey.AlterConfigs, min: 0, max: 1, handle: handleAlterConfigs },
  { key: ApiKey.CreatePartitions, min: 0, max: 1, handle: handleCreatePartitions },
  { key: ApiKey.DeleteGroups, min: 0, max: 1, handle: handleDeleteGroups },
  { key: ApiKey.IncrementalAlterConfigs, min: 0, max: 0, handle: handleIncrementalAlterConfigs },
];

const BY_KEY = new Map(APIS.map((api) => [api.key, api]));

export function findApi(key: number, version: number): Api | undefined {
  const api = BY_KEY.get(key);
  return api !== undefined && version >= api.min && version <= api.max ? api : undefined;
}

/** Answers an unknown version of ApiVersions: the error and the list, in the oldest format. */
export const unsupportedApiVersions: Encode = (writer) =>
  encodeApiVersionsResponse(writer, 0, ErrorCode.UNSUPPORTED_VERSION, APIS);
