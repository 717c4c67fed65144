import type { TaskStepList } from '@millrace/contracts';
import { getTask, listSteps as listTaskSteps } from '@millrace/db';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { listStepsOperation } from '../swagger/history-operations.ts';
import { noQuery, taskNotFound, taskPath } from './task-path.ts';

export function listSteps({ db, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'reads');

  async function read(id: string): Promise<TaskStepList> {
    const steps = await listTaskSteps(db, id);
    if (steps.length === 0 && !(await getTask(db, id))) throw taskNotFound(id);
    return { task_id: id.toLowerCase(), steps };
  }

  return new Elysia().get(
    '/tasks/:id/steps',
    ({ params: { id }, request }) => {
      readQuery(request.url, noQuery);
      return runLimited(() => read(id));
    },
    { params: taskPath, detail: listStepsOperation },
  );
}
