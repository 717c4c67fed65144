import { TaskListQuery } from '@millrace/contracts';
import { listTasks as listTaskPage } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Elysia } from 'elysia';
import type { RouteContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { listTasksOperation } from '../swagger/task-operations.ts';

const taskListQuery = TypeCompiler.Compile(TaskListQuery);
/** Requests that wait for a turn, or for a connection, take memory. */
const LISTS_MAX = 200;

export function listTasks({ authorize, scanDb, scanInTurn, answerJson }: RouteContext) {
  const runLimited = createInFlightLimit(LISTS_MAX, 'lists');
  return new Elysia().get(
    '/tasks',
    async ({ request }) => {
      const { caller } = await authorize(request, 'tasks:read');
      const query = readQuery(request.url, taskListQuery);
      const list = () => listTaskPage(scanDb, caller, query);
      const turn = { owner: caller.owner, signal: request.signal };
      const page = await runLimited(() => scanInTurn(list, turn), caller.owner);
      return answerJson(page, caller.owner, request);
    },
    { detail: listTasksOperation },
  );
}
