import { isFinished } from '@millrace/contracts';
import type { TaskState } from '@millrace/db';
import { Type } from '@sinclair/typebox';
import { report } from '../content/report.ts';
import type { McpContext } from '../context.ts';
import { TaskId } from './shared-fields.ts';
import { describeAttempts, describeSummary, readSummary, summaryFields } from './task-summary.ts';
import { defineTool, READS, type ToolCall, ToolError } from './tool.ts';

/** Clients give up on a call after a minute. */
const TIMEOUT_SECONDS = { default: 30, maximum: 50 };
/** Even if nothing happens, a client that asked for progress hears that the call is alive. */
const REPORT_INTERVAL_MS = 5_000;

export const waitForTask = defineTool({
  name: 'wait_for_task',
  title: 'Wait for task',
  description:
    'Waits for a Millrace task to end, for up to 50 seconds, and reads how it ended, with its output or error. If the ' +
    'time runs out first the answer is its current state, which is not an error: call again to keep waiting. ' +
    'Reports progress to clients that ask for it.',
  annotations: READS,
  input: {
    task_id: TaskId,
    timeout_seconds: Type.Optional(
      Type.Integer({ ...TIMEOUT_SECONDS, minimum: 1, description: 'How long to wait at most' }),
    ),
  },
  output: { ...summaryFields, ended: Type.Boolean({ description: 'False: the time ran out first' }) },
  async run(context, { task_id, timeout_seconds: seconds = TIMEOUT_SECONDS.default }, call) {
    const { waiting, caller } = context;
    if (!waiting.isFreeFor(caller.owner)) {
      const occupants = waiting.occupants(caller.owner, 'calls');
      throw new ToolError(`${occupants} wait here already. Call get_task_status now and then instead.`);
    }
    waiting.take(caller.owner);
    await untilEnded(context, task_id, seconds * 1_000, call);
    waiting.leave(caller.owner);
    const summary = await readSummary(context, task_id);
    return { ...summary, ended: isFinished(summary.status) };
  },
  describe: ({ ended, ...summary }) =>
    report(ended ? null : 'The task has not ended yet.', describeSummary(summary)),
});

/** Resolves once the task has ended or is not there, the time is up, the client is gone or the service stops. */
async function untilEnded(
  { watch, caller }: McpContext,
  id: string,
  timeoutMs: number,
  { signal, report }: ToolCall,
) {
  const began = performance.now();
  const over = Promise.withResolvers<void>();
  let last: TaskState | null = null;
  const tell = () => {
    if (last) void report({ progress: elapsed(began), total: timeoutMs / 1_000, message: describe(last) });
  };
  const leave = watch.watch(id, caller, (state) => {
    last = state;
    if (!state || isFinished(state.status)) over.resolve();
    else tell();
  });
  const timer = setTimeout(over.resolve, timeoutMs);
  const reporter = setInterval(tell, REPORT_INTERVAL_MS);
  signal.addEventListener('abort', () => over.resolve());
  if (signal.aborted) over.resolve();
  await Promise.race([over.promise, watch.stopped]);
  clearTimeout(timer);
  clearInterval(reporter);
  leave();
}

/** In seconds, to the millisecond: progress has to grow with every report. */
function elapsed(began: number): number {
  return Math.round(performance.now() - began) / 1_000;
}

function describe(state: TaskState): string {
  const { status, attempts, steps } = state;
  if (status === 'PENDING') return attempts === 0 ? 'PENDING' : `PENDING, after ${attempts} attempts`;
  return `${status}, ${describeAttempts(state)}, ${steps} steps so far`;
}
