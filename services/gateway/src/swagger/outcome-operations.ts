import type { DocumentDecoration } from 'elysia';
import { cancelledTask, retryAnswer, submittedTask } from './examples.ts';
import { location, traceparent, traceparentParameter } from './headers.ts';
import { BODY_PROBLEMS, jsonBody, jsonResponse, problemResponses } from './responses.ts';
import { needs } from './security.ts';

export const cancelTaskOperation: DocumentDecoration = {
  operationId: 'cancelTask',
  security: needs('tasks:write'),
  tags: ['Tasks'],
  summary: 'Cancel a task',
  description:
    'Ends a pending or running task as CANCELLED, immediately and for good; a running attempt is stopped. Cancelling ' +
    'twice is the same as once.',
  responses: {
    200: jsonResponse('Cancelled, now or before', 'Task', cancelledTask),
    ...problemResponses('task_not_found', 'task_finished'),
  },
};

export const retryTaskOperation: DocumentDecoration = {
  operationId: 'retryTask',
  security: needs('tasks:write'),
  tags: ['Tasks'],
  summary: 'Run a finished task again',
  description:
    'The task becomes PENDING again, with its full number of attempts. Its earlier outcome stays readable at ' +
    '`GET /tasks/{id}/attempts`.',
  parameters: [traceparentParameter],
  responses: {
    202: jsonResponse('It will run again', 'Task', submittedTask, { Location: location, traceparent }),
    ...problemResponses('open_tasks_limit', 'task_not_found', 'task_not_finished'),
  },
};

export const retryTasksOperation: DocumentDecoration = {
  operationId: 'retryTasks',
  security: needs('tasks:write'),
  tags: ['Tasks'],
  summary: 'Run many finished tasks again',
  description:
    'Every finished task that matches the filter, oldest first, up to `limit`. Conditions are combined with AND. A task ' +
    'that ends the same way again matches again: repeat the call only after the tasks of the last one have succeeded.',
  parameters: [traceparentParameter],
  requestBody: jsonBody('TaskRetryFilter', {
    failed: { summary: 'What failed', value: { status: 'FAILED' } },
    lost: {
      summary: 'What failed with one error code in a period',
      value: {
        status: 'FAILED',
        error_code: 'executor_lost',
        created_after: '2026-11-23T08:00:00Z',
        created_before: '2026-11-23T09:00:00Z',
        limit: 1000,
      },
    },
  }),
  responses: {
    202: jsonResponse('They will run again', 'TaskRetryAnswer', retryAnswer, { traceparent }),
    ...problemResponses(...BODY_PROBLEMS, 'open_tasks_limit'),
  },
};
