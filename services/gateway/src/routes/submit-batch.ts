import {
  type Task,
  type TaskBatchAnswer,
  TaskBatchEnvelope,
  type TaskBatchOutcome,
} from '@millrace/contracts';
import type { Caller } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Elysia } from 'elysia';
import { OPEN_TASKS_RETRY_AFTER } from '../access/open-tasks-limit.ts';
import type { RouteContext } from '../context.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { answerInPlaceOf } from '../http/json-answer.ts';
import { readJsonBody } from '../http/json-body.ts';
import { refuseQuery } from '../http/query.ts';
import { validateBody } from '../http/validate.ts';
import { announceIfDue } from '../submission/announce.ts';
import { acceptAll, acceptEach, acceptOnce } from '../submission/batch.ts';
import { submitBatchOperation } from '../swagger/batch-operation.ts';

const taskBatchEnvelope = TypeCompiler.Compile(TaskBatchEnvelope);
/** Each may be a hundred times as large as a single submission, and holds a connection. */
const BATCHES_MAX = 8;

export function submitBatch(context: RouteContext) {
  const { authorize, producer, telemetry, reserveMemory, batchBodyLimitBytes } = context;
  const runLimited = createInFlightLimit(BATCHES_MAX, 'batches');

  async function accept(caller: Caller, body: unknown, key: string | null) {
    const batch = validateBody(taskBatchEnvelope, body);
    const { tasks, atomic = false } = batch;
    if (key !== null) return { atomic, ...(await acceptOnce(context, caller, batch, key)) };
    const outcomes = await (atomic ? acceptAll : acceptEach)(context, caller, tasks);
    return { atomic, outcomes, added: tasksOf(outcomes) };
  }

  return new Elysia().post(
    '/tasks/batch',
    async ({ request, set }) => {
      const { caller } = await authorize(request, 'tasks:write');
      refuseQuery(request.url);
      set.headers.traceparent = telemetry.traces.traceparentOf(request);
      const traceparent = telemetry.traces.propagated(request);
      const key = readIdempotencyKey(request.headers);
      const { owner } = caller;
      using held = new DisposableStack();
      const memory = held.use(reserveMemory(owner));
      const body = await readJsonBody(request, batchBodyLimitBytes, memory);
      // Only now, so that a slow upload takes no place from batches that have arrived.
      const { atomic, outcomes, added } = await runLimited(() => accept(caller, body, key), owner);
      for (const task of added) {
        telemetry.submitted.of(task.model).add();
        announceIfDue(producer, task, traceparent);
      }
      const answer: TaskBatchAnswer = { accepted: tasksOf(outcomes).length, outcomes };
      if (answer.accepted > 0 && added.length === 0) set.headers['idempotent-replayed'] = 'true';
      if (outcomes.some(({ problem }) => problem?.code === 'open_tasks_limit')) {
        Object.assign(set.headers, OPEN_TASKS_RETRY_AFTER);
      }
      const response = answerInPlaceOf(memory, answer, atomic ? 202 : 207, request);
      // The response gives it back once the client has taken it.
      held.move();
      return response;
    },
    { parse: 'none', detail: submitBatchOperation },
  );
}

function tasksOf(outcomes: readonly TaskBatchOutcome[]): Task[] {
  return outcomes.flatMap(({ task }) => task ?? []);
}
