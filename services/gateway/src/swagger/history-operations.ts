import { HistoryQuery } from '@millrace/contracts';
import type { DocumentDecoration } from 'elysia';
import { attemptList, stepList } from './history-examples.ts';
import { jsonResponse, problemResponses, queryParameters } from './responses.ts';
import { needs } from './security.ts';

const PAGES =
  'A page has at most `limit` of them and ends early at about 1 MiB: pass `next_cursor` as `cursor` for the next page.';

export const listAttemptsOperation: DocumentDecoration = {
  operationId: 'listAttempts',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Read the attempts of a task',
  description: `Every attempt so far, oldest first, with its executor, times and outcome. ${PAGES}`,
  parameters: queryParameters(HistoryQuery),
  responses: {
    200: jsonResponse('A page of attempts', 'AttemptList', attemptList),
    ...problemResponses('task_not_found'),
  },
};

export const listStepsOperation: DocumentDecoration = {
  operationId: 'listSteps',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Read the steps of a task',
  description:
    'Every finished model turn and tool call so far, oldest first, over all attempts. A retry continues after the ' +
    `last one; a replay (\`POST /tasks/{id}/retry\`) starts over, and earlier steps stay in the list. ${PAGES}`,
  parameters: queryParameters(HistoryQuery),
  responses: {
    200: jsonResponse('A page of steps', 'TaskStepList', stepList),
    ...problemResponses('task_not_found'),
  },
};
