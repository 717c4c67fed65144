import type { TObject } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { SCOPES, type Scope } from '../access/access.ts';
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

/** A tool with what is made of it once and not for each request. */
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
const listedFor = new Map(
  [[], [SCOPES[0]], [...SCOPES]].map((scopes: readonly Scope[]) => [
    scopes.join(),
    all.filter(({ tool }) => scopes.includes(tool.scope)).map(({ listed }) => listed),
  ]),
);

export function findTool(name: string): PreparedTool | undefined {
  return byName.get(name);
}

/** What `tools/list` answers: only what may be called. */
export function toolsFor(scopes: readonly Scope[]): PreparedTool['listed'][] {
  return listedFor.get(scopes.join()) ?? [];
}
