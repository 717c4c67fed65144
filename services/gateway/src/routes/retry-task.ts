import { isFinished, laneOf, type Task } from '@millrace/contracts';
import { type Database, getTask, replay } from '@millrace/db';
import { traceparentOrNew } from '@millrace/runtime';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { ProblemError } from '../http/problem.ts';
import { readQuery } from '../http/query.ts';
import { retryTaskOperation } from '../swagger/outcome-operations.ts';
import { noQuery, taskNotFound, taskPath } from './task-path.ts';

const TRIES_MAX = 20;
const TRY_INTERVAL_MS = 25;

export function retryTask({ db, producer, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'retries');
  return new Elysia().post(
    '/tasks/:id/retry',
    async ({ params: { id }, request, set }) => {
      readQuery(request.url, noQuery);
      const traceparent = traceparentOrNew(request.headers.get('traceparent'));
      set.headers.traceparent = traceparent;
      const task = await runLimited(() => replayOne(db, id));
      producer.announce({ task_id: task.id, lane: laneOf(task.priority), traceparent });
      set.status = 202;
      set.headers.location = `/tasks/${task.id}`;
      return task;
    },
    { params: taskPath, parse: 'none', detail: retryTaskOperation },
  );
}

/** @throws ProblemError 404 or 409 */
async function replayOne(db: Database, id: string): Promise<Task> {
  for (let tries = 1; ; tries++) {
    const [replayed] = await replay(db, { ids: [id] }, 1);
    const task = await getTask(db, id);
    if (!task) throw taskNotFound(id);
    if (replayed) return task;
    if (!isFinished(task.status) || tries === TRIES_MAX) {
      const detail = `Task ${task.id} is ${task.status}; only a task that has ended can be retried.`;
      throw new ProblemError('task_not_finished', detail);
    }
    // Finished, and passed over because somebody else holds its row: most likely to replay it too.
    await Bun.sleep(TRY_INTERVAL_MS);
  }
}
