import { HistoryQuery } from '@millrace/contracts';
import { type Caller, type Database, getTask, listAttempts, listSteps } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Elysia } from 'elysia';
import type { RouteContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { listAttemptsOperation, listStepsOperation } from '../swagger/history-operations.ts';
import { taskNotFound, taskPath } from './task-path.ts';

const historyQuery = TypeCompiler.Compile(HistoryQuery);
/** Each holds about 1 MiB, as rows and once more as JSON. */
const HISTORIES_MAX = 32;

type List<Rows extends string> = (
  db: Database,
  caller: Caller,
  id: string,
  query: HistoryQuery,
) => Promise<Record<Rows, readonly unknown[]>>;

/**
 * The attempts and the steps of a task, a page at a time, under one bound. Numbering steps reads all results
 * before them, hence the scan connections.
 */
export function taskHistory({ authorize, scanDb, answerJson }: RouteContext) {
  const runLimited = createInFlightLimit(HISTORIES_MAX, 'histories');

  async function read<Rows extends string>(request: Request, id: string, list: List<Rows>, rows: Rows) {
    const { caller } = await authorize(request, 'tasks:read');
    const query = readQuery(request.url, historyQuery);
    const page = await runLimited(async () => {
      const found = await list(scanDb, caller, id, query);
      if (found[rows].length === 0 && !(await getTask(scanDb, caller, id))) throw taskNotFound(id);
      return found;
    }, caller.owner);
    return answerJson({ task_id: id.toLowerCase(), ...page }, caller.owner, request);
  }

  return new Elysia()
    .get(
      '/tasks/:id/attempts',
      ({ params: { id }, request }) => read(request, id, listAttempts, 'attempts'),
      { params: taskPath, detail: listAttemptsOperation },
    )
    .get('/tasks/:id/steps', ({ params: { id }, request }) => read(request, id, listSteps, 'steps'), {
      params: taskPath,
      detail: listStepsOperation,
    });
}
