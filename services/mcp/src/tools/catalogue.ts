import type { OperationScope, Scope } from '@millrace/access';
import { cancelTask } from './cancel-task.ts';
import { getQueueStats } from './get-queue-stats.ts';
import { getTask } from './get-task.ts';
import { getTaskResult } from './get-task-result.ts';
import { getTaskStatus } from './get-task-status.ts';
import { getTaskTimeline } from './get-task-timeline.ts';
import { listModels } from './list-models.ts';
import { listTasks } from './list-tasks.ts';
import { retryTask } from './retry-task.ts';
import { submitTask } from './submit-task.ts';
import type { Tool } from './tool.ts';
import { waitForTask } from './wait-for-task.ts';

/** In the order in which a model should consider them. */
const all: readonly Tool[] = [
  submitTask,
  waitForTask,
  getTaskStatus,
  getTaskResult,
  getTask,
  getTaskTimeline,
  listTasks,
  getQueueStats,
  listModels,
  cancelTask,
  retryTask,
];

const byName = new Map(all.map((tool) => [tool.name, tool]));
const listedOf = (scopes: readonly OperationScope[]) =>
  all.filter(({ scope }) => scopes.includes(scope)).map(({ listed }) => listed);
const reading = listedOf(['tasks:read']);
const readingAndWriting = listedOf(['tasks:read', 'tasks:write']);

export function findTool(name: string): Tool | undefined {
  return byName.get(name);
}

/** What `tools/list` answers: only what the caller may call. Everyone who gets here may at least read. */
export function toolsFor(scopes: readonly Scope[]): Tool['listed'][] {
  return scopes.includes('tasks:write') ? readingAndWriting : reading;
}
