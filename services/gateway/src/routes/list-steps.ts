import type { TaskStepList } from '@millrace/contracts';
import { type Caller, getTask, listSteps as listTaskSteps } from '@millrace/db';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { listStepsOperation } from '../swagger/history-operations.ts';
import { noQuery, taskNotFound, taskPath } from './task-path.ts';

export function listSteps({ authorize, db, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'reads');

  async function read(caller: Caller, id: string): Promise<TaskStepList> {
    const steps = await listTaskSteps(db, caller, id);
    if (steps.length === 0 && !(await getTask(db, caller, id))) throw taskNotFound(id);
    return { task_id: id.toLowerCase(), steps };
  }

  return new Elysia().get(
    '/tasks/:id/steps',
    async ({ params: { id }, request }) => {
      const { caller } = await authorize(request, 'tasks:read');
      readQuery(request.url, noQuery);
      return runLimited(() => read(caller, id));
    },
    { params: taskPath, detail: listStepsOperation },
  );
}
