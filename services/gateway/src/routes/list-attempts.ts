import type { AttemptList } from '@millrace/contracts';
import { getTask, listAttempts as listTaskAttempts } from '@millrace/db';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { listAttemptsOperation } from '../swagger/history-operations.ts';
import { noQuery, taskNotFound, taskPath } from './task-path.ts';

export function listAttempts({ db, maxInFlight }: GatewayContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'reads');

  async function read(id: string): Promise<AttemptList> {
    const attempts = await listTaskAttempts(db, id);
    if (attempts.length === 0 && !(await getTask(db, id))) throw taskNotFound(id);
    return { task_id: id.toLowerCase(), attempts };
  }

  return new Elysia().get(
    '/tasks/:id/attempts',
    ({ params: { id }, request }) => {
      readQuery(request.url, noQuery);
      return runLimited(() => read(id));
    },
    { params: taskPath, detail: listAttemptsOperation },
  );
}
