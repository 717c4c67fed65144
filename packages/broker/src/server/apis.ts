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

type Api = ApiRange & { handle: Handler };

const handleApiVersions: Handler = (_broker, _reader, version) => (writer) =>
  encodeApiVersionsResponse(writer, version, ErrorCode.NONE, ALL);

/**
 * The supported versions: Redpanda's ranges, as far as kafkajs, librdkafka and others use them. Produce starts
 * at 0, though 0–2 only get an error, because otherwise librdkafka assumes "no compression". Those for groups end
 * before static membership, so that clients which ask for it say that it is not supported.
 */
const APIS = {
  Produce: { key: 0, min: 0, max: 7, handle: handleProduce },
  Fetch: { key: 1, min: 4, max: 11, handle: handleFetch },
  ListOffsets: { key: 2, min: 1, max: 3, handle: handleListOffsets },
  Metadata: { key: 3, min: 1, max: 8, handle: handleMetadata },
  OffsetCommit: { key: 8, min: 2, max: 6, handle: handleOffsetCommit },
  OffsetFetch: { key: 9, min: 1, max: 5, handle: handleOffsetFetch },
  FindCoordinator: { key: 10, min: 0, max: 2, handle: handleFindCoordinator },
  JoinGroup: { key: 11, min: 0, max: 4, handle: handleJoinGroup },
  Heartbeat: { key: 12, min: 0, max: 2, handle: handleHeartbeat },
  LeaveGroup: { key: 13, min: 0, max: 2, handle: handleLeaveGroup },
  SyncGroup: { key: 14, min: 0, max: 2, handle: handleSyncGroup },
  DescribeGroups: { key: 15, min: 0, max: 3, handle: handleDescribeGroups },
  ListGroups: { key: 16, min: 0, max: 2, handle: handleListGroups },
  ApiVersions: { key: 18, min: 0, max: 3, handle: handleApiVersions },
  CreateTopics: { key: 19, min: 0, max: 4, handle: handleCreateTopics },
  DeleteTopics: { key: 20, min: 0, max: 3, handle: handleDeleteTopics },
  DeleteRecords: { key: 21, min: 0, max: 1, handle: handleDeleteRecords },
  InitProducerId: { key: 22, min: 0, max: 1, handle: handleInitProducerId },
  DescribeConfigs: { key: 32, min: 0, max: 2, handle: handleDescribeConfigs },
  AlterConfigs: { key: 33, min: 0, max: 1, handle: handleAlterConfigs },
  CreatePartitions: { key: 37, min: 0, max: 1, handle: handleCreatePartitions },
  DeleteGroups: { key: 42, min: 0, max: 1, handle: handleDeleteGroups },
  IncrementalAlterConfigs: { key: 44, min: 0, max: 0, handle: handleIncrementalAlterConfigs },
} satisfies Record<string, Api>;

/** The key of each, by its name. */
export const ApiKey = Object.fromEntries(
  Object.entries(APIS).map(([name, { key }]) => [name, key]),
) as Record<keyof typeof APIS, number>;

const ALL = Object.values<Api>(APIS);
const BY_KEY = new Map(ALL.map((api) => [api.key, api]));

export function findApi(key: number, version: number): Api | undefined {
  const api = BY_KEY.get(key);
  return api !== undefined && version >= api.min && version <= api.max ? api : undefined;
}

/** Answers an unknown version of ApiVersions: the error and the list, in the oldest format. */
export const unsupportedApiVersions: Encode = (writer) =>
  encodeApiVersionsResponse(writer, 0, ErrorCode.UNSUPPORTED_VERSION, ALL);
