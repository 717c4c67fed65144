import { TaskListQuery } from '@millrace/contracts';
import { listTasks as listTaskPage } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readQuery } from '../http/query.ts';
import { listTasksOperation } from '../swagger/task-operations.ts';

const taskListQuery = TypeCompiler.Compile(TaskListQuery);
/** What waits for a connection waits in memory. */
const LISTS_MAX = 200;

export function listTasks({ authorize, scanDb }: GatewayContext) {
  const runLimited = createInFlightLimit(LISTS_MAX, 'lists');
  return new Elysia().get(
    '/tasks',
    async ({ request }) => {
      const { caller } = await authorize(request, 'tasks:read');
      const query = readQuery(request.url, taskListQuery);
      return runLimited(() => listTaskPage(scanDb, caller, query), caller.owner);
    },
    {
      detail: listTasksOperation,
    },
  );
}
