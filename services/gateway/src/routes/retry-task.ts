import { laneOf, type Task } from '@millrace/contracts';
import { type Caller, type Database, replayTask } from '@millrace/db';
import { Elysia } from 'elysia';
import { tooManyOpenTasks } from '../access/open-tasks-limit.ts';
import type { GatewayContext } from '../context.ts';
import { refuseIdempotencyKey } from '../http/idempotency-key.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { ProblemError } from '../http/problem.ts';
import { refuseQuery } from '../http/query.ts';
import { retryTaskOperation } from '../swagger/outcome-operations.ts';
import { taskNotFound, taskPath } from './task-path.ts';

export function retryTask({ authorize, db, producer, telemetry, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'retries');
  return new Elysia().post(
    '/tasks/:id/retry',
    async ({ params: { id }, request, set }) => {
      const { caller } = await authorize(request, 'tasks:write');
      refuseQuery(request.url);
      refuseIdempotencyKey(request.headers);
      set.headers.traceparent = telemetry.traces.traceparentOf(request);
      const task = await runLimited(() => replayOne(db, caller, id));
      producer.announce({
        task_id: task.id,
        lane: laneOf(task.priority),
        traceparent: telemetry.traces.propagated(request),
      });
      set.status = 202;
      set.headers.location = `/tasks/${task.id}`;
      return task;
    },
    { params: taskPath, parse: 'none', detail: retryTaskOperation },
  );
}

/** @throws ProblemError 404, 409 or 429 */
async function replayOne(db: Database, caller: Caller, id: string): Promise<Task> {
  const replay = await replayTask(db, caller, id);
  if (!replay) throw taskNotFound(id);
  if (replay.changed) return replay.task;
  if (replay.full) throw tooManyOpenTasks(caller);
  const detail = `Task ${replay.task.id} is ${replay.task.status}; only a task that has ended can be retried.`;
  throw new ProblemError('task_not_finished', detail);
}
