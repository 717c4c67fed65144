import type { OperationScope, Scope } from '@millrace/access';
import type { TObject } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
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
import { advertised } from './tool-schema.ts';
import { waitForTask } from './wait-for-task.ts';

/** A tool, with what is derived from it once instead of for each request. */
function prepare<Input extends TObject, Output extends TObject>(tool: Tool<Input, Output>) {
  const { name, title, description, annotations } = tool;
  const inputSchema = advertised(tool.input);
  const outputSchema = advertised(tool.output);
  return {
    tool: tool as unknown as Tool,
    listed: { name, title, description, inputSchema, outputSchema, annotations },
    arguments: TypeCompiler.Compile(tool.input as TObject),
  };
}
export type PreparedTool = ReturnType<typeof prepare>;

/** In the order in which a model should consider them. */
const all: readonly PreparedTool[] = [
  prepare(submitTask),
  prepare(waitForTask),
  prepare(getTaskStatus),
  prepare(getTaskResult),
  prepare(getTask),
  prepare(getTaskTimeline),
  prepare(listTasks),
  prepare(getQueueStats),
  prepare(listModels),
  prepare(cancelTask),
  prepare(retryTask),
];

const byName = new Map(all.map((prepared) => [prepared.tool.name, prepared]));
const listedOf = (scopes: readonly OperationScope[]) =>
  all.filter(({ tool }) => scopes.includes(tool.scope)).map(({ listed }) => listed);
const reading = listedOf(['tasks:read']);
const readingAndWriting = listedOf(['tasks:read', 'tasks:write']);

export function findTool(name: string): PreparedTool | undefined {
  return byName.get(name);
}

/** What `tools/list` answers: only what the caller may call. Everyone who gets here may at least read. */
export function toolsFor(scopes: readonly Scope[]): PreparedTool['listed'][] {
  return scopes.includes('tasks:write') ? readingAndWriting : reading;
}
