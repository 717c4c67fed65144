import { TaskQuery } from '@millrace/contracts';
import { type Caller, getTask as getTaskById } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Elysia } from 'elysia';
import type { RouteContext } from '../context.ts';
import { createInFlightLimit, requirePlace } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { getTaskOperation } from '../swagger/task-operations.ts';
import { keepOpen } from '../waiting/keep-open.ts';
import { waitForEnd } from '../waiting/wait-for-end.ts';
import { taskNotFound, taskPath } from './task-path.ts';

const taskQuery = TypeCompiler.Compile(TaskQuery);

export function getTask({ authorize, db, waiters, maxInFlight, answerJson }: RouteContext) {
  const runLimited = createInFlightLimit(maxInFlight, 'reads');

  async function readWhenEnded(caller: Caller, id: string, seconds: number, request: Request) {
    const { owner } = caller;
    const full = 'wait here already; ask without wait, or try again shortly.';
    requirePlace(waiters.places, owner, 'requests', full);
    const read = () => getTaskById(db, caller, id);
    return waitForEnd(waiters, id, { owner, seconds, signal: request.signal, read });
  }

  return new Elysia().get(
    '/tasks/:id',
    async ({ params: { id }, request, server }) => {
      const { caller } = await authorize(request, 'tasks:read');
      const { wait = 0 } = readQuery(request.url, taskQuery);
      keepOpen(server, request, wait);
      const task = await (wait > 0
        ? readWhenEnded(caller, id, wait, request)
        : runLimited(() => getTaskById(db, caller, id)));
      if (!task) throw taskNotFound(id);
      return answerJson(task, caller.owner, request);
    },
    { params: taskPath, detail: getTaskOperation },
  );
}
