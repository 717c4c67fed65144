import { Attempt, Nullable, StrictObject, type TaskStatus, TaskStep } from '@millrace/contracts';
import { listSteps, type OutlineEntry, outlineHistory } from '@millrace/db';
import { type Static, Type } from '@sinclair/typebox';
import { plainName } from '../content/clean-text.ts';
import { inline } from '../content/report.ts';
import { Untrusted, untrusted } from '../content/untrusted.ts';
import type { McpContext } from '../context.ts';
import { TaskErrorView, taskErrorView } from './task-error-view.ts';
import { noSuchTask } from './task-summary.ts';

/** A page has up to 50 entries: each text is only a short preview. */
const TEXT_BYTES_MAX = 500;
const LINE_LENGTH_MAX = 500;

const AttemptEntry = StrictObject({
  kind: Type.Literal('attempt'),
  attempt: Attempt.properties.attempt,
  status: Attempt.properties.status,
  executor: Type.String(),
  started_at: Attempt.properties.started_at,
  ended_at: Attempt.properties.ended_at,
  error: Nullable(TaskErrorView),
});
const StepEntry = StrictObject({
  kind: Type.Literal('step'),
  attempt: TaskStep.properties.attempt,
  seq: TaskStep.properties.seq,
  of: TaskStep.properties.kind,
  name: TaskStep.properties.name,
  arguments: Type.Union([Untrusted, Type.Null()], { description: 'Of a tool, as JSON' }),
  output: Untrusted,
  tool_calls: Type.Array(Type.String(), { description: 'Tools that the model asked for' }),
  error: Nullable(TaskErrorView),
  finish_reason: TaskStep.properties.finish_reason,
  started_at: TaskStep.properties.started_at,
  ended_at: TaskStep.properties.ended_at,
});
export const TimelineEntry = Type.Union([AttemptEntry, StepEntry]);
export type TimelineEntry = Static<typeof TimelineEntry>;

/**
 * @param range up to `limit` entries, after the first `offset`; `total` counts all entries
 * @throws ToolError if there is no such task
 */
export async function readTimeline(
  context: McpContext,
  taskId: string,
  range: { offset: number; limit: number },
): Promise<{ status: TaskStatus; total: number; entries: TimelineEntry[] }> {
  const { databases, caller } = context;
  const outline = await outlineHistory(databases.reading, caller, taskId, range);
  if (!outline) throw noSuchTask(taskId);
  const { status, total } = outline;
  const steps = await readSteps(context, taskId, outline.entries);
  const entries = outline.entries.flatMap((entry) => {
    if (entry.kind === 'attempt') return [attemptEntry(entry.attempt)];
    return steps.get(entry.seq) ?? [];
  });
  return { status, total, entries };
}

/** The steps that the entries name, which are consecutive, as they are shown. Nothing else is kept of each page. */
async function readSteps(
  { databases, caller }: McpContext,
  taskId: string,
  entries: readonly OutlineEntry[],
): Promise<Map<number, TimelineEntry>> {
  const wanted = entries.flatMap((entry) => (entry.kind === 'step' ? [entry.seq] : []));
  const shown = new Map<number, TimelineEntry>();
  let cursor: string | null = wanted.length > 0 ? String(wanted[0]! - 1) : null;
  while (cursor !== null && shown.size < wanted.length) {
    const query = { limit: wanted.length - shown.size, cursor };
    const page: Awaited<ReturnType<typeof listSteps>> = await listSteps(
      databases.reading,
      caller,
      taskId,
      query,
    );
    for (const step of page.steps) shown.set(step.seq, stepEntry(step));
    cursor = page.next_cursor;
  }
  return shown;
}

function attemptEntry(attempt: Omit<Attempt, 'result'>): TimelineEntry {
  const error = attempt.error && taskErrorView(attempt.error);
  return { kind: 'attempt', ...attempt, executor: plainName(attempt.executor), error };
}

function stepEntry(step: TaskStep): TimelineEntry {
  const short = (text: string) => untrusted(text, { bytesMax: TEXT_BYTES_MAX });
  return {
    kind: 'step',
    attempt: step.attempt,
    seq: step.seq,
    of: step.kind,
    name: plainName(step.name),
    arguments: step.kind === 'tool' ? short(JSON.stringify(step.arguments)) : null,
    output: short(step.output),
    tool_calls: step.tool_calls.map(({ name }) => plainName(name)),
    error: step.error && taskErrorView({ ...step.error, retryable: false }),
    finish_reason: step.finish_reason && plainName(step.finish_reason),
    started_at: step.started_at,
    ended_at: step.ended_at,
  };
}

/** On one line. */
export function describeEntry(entry: TimelineEntry): string {
  const error = entry.error ? `, error ${entry.error.code}: ${text(entry.error.message)}` : '';
  const tookMs = entry.ended_at ? Date.parse(entry.ended_at) - Date.parse(entry.started_at) : null;
  if (entry.kind === 'attempt') {
    const end = tookMs === null ? '' : `, ended after ${tookMs} ms`;
    return `Attempt ${entry.attempt} on ${entry.executor}: ${entry.status}, began ${entry.started_at}${end}${error}`;
  }
  const asked = entry.tool_calls.length > 0 ? `, asked for ${entry.tool_calls.join(', ')}` : '';
  const given = entry.arguments ? ` with ${text(entry.arguments)}` : '';
  return `  Step ${entry.seq}, ${entry.of} ${entry.name}${given}, ${tookMs} ms${asked}: ${text(entry.output)}${error}`;
}

function text({ text: quoted, truncated }: Untrusted): string {
  return inline(truncated ? `${quoted}…` : quoted, LINE_LENGTH_MAX);
}
