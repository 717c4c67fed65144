import { TaskListQuery } from '@millrace/contracts';
import { listTasks as listTaskPage } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import type { AnswerJson } from '../http/json-answer.ts';
import { readQuery } from '../http/query.ts';
import type { Turns } from '../http/turns.ts';
import { listTasksOperation } from '../swagger/task-operations.ts';

const taskListQuery = TypeCompiler.Compile(TaskListQuery);
/** Requests that wait for a turn, or for a connection, take memory. */
const LISTS_MAX = 200;

export function listTasks({ authorize, scanDb }: GatewayContext, answerJson: AnswerJson, runInTurn: Turns) {
  const runLimited = createInFlightLimit(LISTS_MAX, 'lists');
  return new Elysia().get(
    '/tasks',
    async ({ request }) => {
      const { caller } = await authorize(request, 'tasks:read');
      const query = readQuery(request.url, taskListQuery);
      const list = () => listTaskPage(scanDb, caller, query);
      const turn = { owner: caller.owner, signal: request.signal };
      const page = await runLimited(() => runInTurn(list, turn), caller.owner);
      return answerJson(page, caller.owner, request);
    },
    { detail: listTasksOperation },
  );
}
