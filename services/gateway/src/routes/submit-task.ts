import { isFinished, TASK_WAIT_SECONDS_MAX, type Task, type TaskCreate } from '@millrace/contracts';
import {
  type Caller,
  getTask,
  isDatabaseUnavailable,
  requestHash,
  submitFor,
  submitOnce,
} from '@millrace/db';
import { traceIdOf } from '@millrace/runtime';
import { Elysia } from 'elysia';
import { tooManyOpenTasks } from '../access/open-tasks-limit.ts';
import type { RouteContext } from '../context.ts';
import { keyReused, readIdempotencyKey } from '../http/idempotency-key.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readJsonBody } from '../http/json-body.ts';
import { preferredWait } from '../http/prefer.ts';
import { refuseQuery } from '../http/query.ts';
import { announceIfDue } from '../submission/announce.ts';
import { createSubmissionReader } from '../submission/read-submission.ts';
import { submitTaskOperation } from '../swagger/task-operations.ts';
import { keepOpen } from '../waiting/keep-open.ts';
import { waitForEnd } from '../waiting/wait-for-end.ts';

interface Submitted {
  readonly task: Task;
  /** The task existed already: its idempotency key was used before. */
  readonly repeated: boolean;
}

export function submitTask(context: RouteContext) {
  const { authorize, db, producer, waiters, telemetry, logger, bodyLimitBytes, maxInFlight } = context;
  const { reserveMemory, answerJson } = context;
  const reader = createSubmissionReader(context);
  const runLimited = createInFlightLimit(maxInFlight, 'submissions');

  async function acceptBody(request: Request, caller: Caller, key: string | null): Promise<Submitted> {
    using memory = reserveMemory(caller.owner);
    const create = reader.check(await readJsonBody(request, bodyLimitBytes, memory));
    // Only now, so that a slow upload takes no place from tasks that have arrived.
    return await runLimited(() => accept(caller, create, key));
  }

  async function accept(caller: Caller, create: TaskCreate, key: string | null): Promise<Submitted> {
    if (key !== null) return acceptOnce(caller, create, key);
    const task = await submitFor(db, caller, reader.prepare(caller, create, null));
    if (!task) throw tooManyOpenTasks(caller);
    return { task, repeated: false };
  }

  async function acceptOnce(caller: Caller, create: TaskCreate, key: string): Promise<Submitted> {
    const task = { ...reader.prepare(caller, create, key), idempotency_key: key };
    const outcome = await submitOnce(db, caller, task, requestHash(create));
    if (outcome.kind === 'full') throw tooManyOpenTasks(caller);
    if (outcome.kind === 'conflict') throw keyReused(outcome.taskId);
    return { task: outcome.task, repeated: outcome.kind === 'repeated' };
  }

  /** The task is stored: if waiting for its end fails, the client still gets the task. */
  async function endOf(
    caller: Caller,
    task: Task,
    { seconds, signal, traceparent }: { seconds: number; signal: AbortSignal; traceparent: string },
  ): Promise<Task> {
    const read = () => getTask(db, caller, task.id);
    try {
      const waiting = { owner: caller.owner, seconds, signal, read, known: task };
      return (await waitForEnd(waiters, task.id, waiting)) ?? task;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) {
        logger.error({ err: error, task_id: task.id, trace_id: traceIdOf(traceparent) }, 'could not wait');
      }
      return task;
    }
  }

  return new Elysia().post(
    '/tasks',
    async ({ request, set, server }) => {
      const { caller } = await authorize(request, 'tasks:write');
      refuseQuery(request.url);
      const traceparent = telemetry.traces.traceparentOf(request);
      set.headers.traceparent = traceparent;
      const key = readIdempotencyKey(request.headers);
      const submitted = await acceptBody(request, caller, key);
      let { task } = submitted;
      telemetry.traces.tagTask(request, task.id);
      if (submitted.repeated) set.headers['idempotent-replayed'] = 'true';
      else {
        telemetry.submitted.of(task.model).add();
        announceIfDue(producer, task, telemetry.traces.propagated(request));
      }
      const wait = preferredWait(request.headers, TASK_WAIT_SECONDS_MAX);
      // A preference that cannot be met is ignored.
      if (wait !== null && waiters.places.isFreeFor(caller.owner)) {
        keepOpen(server, request, wait);
        set.headers['preference-applied'] = `wait=${wait}`;
        const { signal } = request;
        task = await endOf(caller, task, { seconds: wait, signal, traceparent });
      }
      set.headers.location = `/tasks/${task.id}`;
      if (submitted.repeated || isFinished(task.status)) {
        try {
          return answerJson(task, caller.owner, request);
        } catch (error) {
          // A refused client would send its request again, and create a second task.
          if (submitted.repeated) throw error;
          task = submitted.task;
        }
      }
      set.status = 202;
      return task;
    },
    { parse: 'none', detail: submitTaskOperation },
  );
}
