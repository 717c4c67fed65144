import { isFinished } from '@millrace/contracts';
import type { TaskCloseUp } from '@millrace/db';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { McpContext } from '../context.ts';
import { describeAttempts, describeSummary, requireTask, summaryOf } from '../tools/task-summary.ts';

const POLL_INTERVAL_MS = 1_000;
const DAY_MS = 86_400_000;

type HandleStatus = 'working' | 'completed' | 'cancelled';

/** A task as the extension shows it: made from the row in Postgres, so that it outlives this server and its client. */
interface Handle {
  readonly [key: string]: unknown;
  readonly taskId: string;
  readonly status: HandleStatus;
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** From its creation; null until the task has ended, or if it is kept forever. */
  readonly ttlMs: number | null;
  readonly pollIntervalMs: number;
}

/** What a call that starts a task answers: read back, so that whoever asks next finds it. */
export async function taskHandle(context: McpContext, taskId: string): Promise<CallToolResult> {
  const handle = handleOf(await requireTask(context, taskId), context.retentionDays);
  // The SDK refuses an answer to a call that has no content.
  return { ...handle, resultType: 'task', content: [] };
}

/** What `tasks/get` answers: the handle, and the result once there is one. */
export async function detailedHandle(context: McpContext, taskId: string) {
  const task = await requireTask(context, taskId);
  const handle = handleOf(task, context.retentionDays);
  return handle.status === 'completed' ? { ...handle, result: resultOf(task) } : handle;
}

function handleOf(task: TaskCloseUp, retentionDays: number): Handle {
  return {
    taskId: task.id,
    status: statusOf(task),
    statusMessage: messageOf(task),
    createdAt: task.created_at,
    lastUpdatedAt: task.updated_at,
    ttlMs: lifetimeMs(task, retentionDays),
    pollIntervalMs: POLL_INTERVAL_MS,
  };
}

/** The extension keeps `failed` for errors of the protocol: a task that FAILED is a call that completed with an error. */
function statusOf({ status }: TaskCloseUp): HandleStatus {
  if (!isFinished(status)) return 'working';
  return status === 'CANCELLED' ? 'cancelled' : 'completed';
}

function messageOf(task: TaskCloseUp): string {
  const { status, attempts, error } = task;
  if (status === 'PENDING' && error) return `PENDING: ${describeAttempts(task)} failed, the next one follows`;
  return attempts > 0 ? `${status}, ${describeAttempts(task)}` : status;
}

function lifetimeMs({ created_at, finished_at }: TaskCloseUp, retentionDays: number): number | null {
  if (finished_at === null || retentionDays === 0) return null;
  return Date.parse(finished_at) - Date.parse(created_at) + retentionDays * DAY_MS;
}

/** As the tool would have answered, had it waited. */
function resultOf(task: TaskCloseUp): CallToolResult {
  const summary = summaryOf(task);
  return {
    content: [{ type: 'text', text: describeSummary(summary) }],
    structuredContent: { ...summary, created: true },
    ...(task.status === 'FAILED' && { isError: true }),
  };
}
