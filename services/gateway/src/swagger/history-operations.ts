import type { DocumentDecoration } from 'elysia';
import { attemptList, stepList } from './history-examples.ts';
import { jsonResponse, problemResponses } from './responses.ts';
import { ACCESS_PROBLEMS, needs } from './security.ts';

export const listAttemptsOperation: DocumentDecoration = {
  operationId: 'listAttempts',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Read the attempts of a task',
  description: 'Every attempt so far, the oldest first, with its executor, its times and what it ended with.',
  responses: {
    200: jsonResponse('The attempts', 'AttemptList', attemptList),
    ...problemResponses(
      ...ACCESS_PROBLEMS,
      'task_not_found',
      'validation_failed',
      'overloaded',
      'internal_error',
      'database_unavailable',
    ),
  },
};

export const listStepsOperation: DocumentDecoration = {
  operationId: 'listSteps',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Read the steps of a task',
  description:
    'Every finished turn of the model and call of a tool so far, the oldest first, over all attempts. A retry goes on after the ' +
    'last one; a replay (`POST /tasks/{id}/retry`) begins afresh, and what came before it stays in the list.',
  responses: {
    200: jsonResponse('The steps', 'TaskStepList', stepList),
    ...problemResponses(
      ...ACCESS_PROBLEMS,
      'task_not_found',
      'validation_failed',
      'overloaded',
      'internal_error',
      'database_unavailable',
    ),
  },
};
