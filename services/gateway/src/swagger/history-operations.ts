import { HistoryQuery } from '@millrace/contracts';
import type { DocumentDecoration } from 'elysia';
import { attemptList, stepList } from './history-examples.ts';
import { jsonResponse, problemResponses, queryParameters } from './responses.ts';
import { ACCESS_PROBLEMS, needs } from './security.ts';

const PAGES =
  'A page has at most `limit` of them and ends once they hold about 1 MiB: pass `next_cursor` as `cursor` for the page that follows.';

export const listAttemptsOperation: DocumentDecoration = {
  operationId: 'listAttempts',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Read the attempts of a task',
  description: `Every attempt so far, the oldest first, with its executor, its times and what it ended with. ${PAGES}`,
  parameters: queryParameters(HistoryQuery),
  responses: {
    200: jsonResponse('A page of attempts', 'AttemptList', attemptList),
    ...problemResponses(...ACCESS_PROBLEMS, 'task_not_found', 'validation_failed', 'internal_error'),
  },
};

export const listStepsOperation: DocumentDecoration = {
  operationId: 'listSteps',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Read the steps of a task',
  description:
    'Every finished turn of the model and call of a tool so far, the oldest first, over all attempts. A retry goes on after the ' +
    `last one; a replay (\`POST /tasks/{id}/retry\`) begins afresh, and what came before it stays in the list. ${PAGES}`,
  parameters: queryParameters(HistoryQuery),
  responses: {
    200: jsonResponse('A page of steps', 'TaskStepList', stepList),
    ...problemResponses(...ACCESS_PROBLEMS, 'task_not_found', 'validation_failed', 'internal_error'),
  },
};
