import { isFinished } from '@millrace/contracts';
import { cancel, type Database } from '@millrace/db';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { ProblemError } from '../http/problem.ts';
import { readQuery } from '../http/query.ts';
import { cancelTaskOperation } from '../swagger/outcome-operations.ts';
import { noQuery, taskNotFound, taskPath } from './task-path.ts';

export function cancelTask({ db, producer, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'cancellations');
  return new Elysia().post(
    '/tasks/:id/cancel',
    async ({ params: { id }, request }) => {
      readQuery(request.url, noQuery);
      const { task, changed } = await runLimited(() => cancelForGood(db, id));
      if (changed) {
        producer.publishEvent({
          v: 1,
          type: 'status',
          task_id: task.id,
          status: 'CANCELLED',
          attempt: task.attempts,
        });
      } else if (task.status !== 'CANCELLED') {
        const detail = `Task ${task.id} is ${task.status}; only PENDING and RUNNING tasks can be cancelled.`;
        throw new ProblemError('task_finished', detail);
      }
      return task;
    },
    { params: taskPath, parse: 'none', detail: cancelTaskOperation },
  );
}

/** @throws ProblemError 404 */
async function cancelForGood(db: Database, id: string) {
  for (;;) {
    const cancellation = await cancel(db, id);
    if (!cancellation) throw taskNotFound(id);
    // Finished when it was to be cancelled, and unfinished when it was read: a replay came between.
    if (cancellation.changed || isFinished(cancellation.task.status)) return cancellation;
  }
}
