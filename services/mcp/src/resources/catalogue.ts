import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/server';
import { queueStats } from './queue-stats.ts';
import { recentTasks, recentTasksByStatus } from './recent-tasks.ts';
import type { ReadableResource } from './resource.ts';
import { taskResource, taskResultResource, taskTimelineResource } from './task-resources.ts';

export const resources: readonly ReadableResource[] = [
  recentTasks,
  queueStats,
  recentTasksByStatus,
  taskResource,
  taskResultResource,
  taskTimelineResource,
];

const listed = resources.map((resource) => resource.listed);
export const listedResources = listed.filter((item): item is Resource => 'uri' in item);
export const listedTemplates = listed.filter((item): item is ResourceTemplateType => 'uriTemplate' in item);
