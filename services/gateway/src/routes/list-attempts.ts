import type { AttemptList } from '@millrace/contracts';
import { type Caller, getTask, listAttempts as listTaskAttempts } from '@millrace/db';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { listAttemptsOperation } from '../swagger/history-operations.ts';
import { noQuery, taskNotFound, taskPath } from './task-path.ts';

export function listAttempts({ authorize, db, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'reads');

  async function read(caller: Caller, id: string): Promise<AttemptList> {
    const attempts = await listTaskAttempts(db, caller, id);
    if (attempts.length === 0 && !(await getTask(db, caller, id))) throw taskNotFound(id);
    return { task_id: id.toLowerCase(), attempts };
  }

  return new Elysia().get(
    '/tasks/:id/attempts',
    async ({ params: { id }, request }) => {
      const { caller } = await authorize(request, 'tasks:read');
      readQuery(request.url, noQuery);
      return runLimited(() => read(caller, id));
    },
    { params: taskPath, detail: listAttemptsOperation },
  );
}
