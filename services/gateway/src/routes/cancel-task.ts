import { cancel } from '@millrace/db';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { ProblemError } from '../http/problem.ts';
import { refuseQuery } from '../http/query.ts';
import { cancelTaskOperation } from '../swagger/outcome-operations.ts';
import { taskNotFound, taskPath } from './task-path.ts';

export function cancelTask({ authorize, db, producer, telemetry, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'cancellations');
  return new Elysia().post(
    '/tasks/:id/cancel',
    async ({ params: { id }, request }) => {
      const { caller } = await authorize(request, 'tasks:write');
      refuseQuery(request.url);
      const cancellation = await runLimited(() => cancel(db, caller, id));
      if (!cancellation) throw taskNotFound(id);
      const { task, changed } = cancellation;
      if (changed) {
        telemetry.ended.of(task.model).CANCELLED.add();
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
