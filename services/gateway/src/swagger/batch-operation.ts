import type { DocumentDecoration } from 'elysia';
import { schemaRef } from './components.ts';
import { batchAnswer } from './examples.ts';
import { retryAfter, traceparent, traceparentParameter } from './headers.ts';
import { jsonResponse, problemResponses } from './responses.ts';
import { ACCESS_PROBLEMS, needs } from './security.ts';

export const submitBatchOperation: DocumentDecoration = {
  operationId: 'submitBatch',
  security: needs('tasks:write'),
  tags: ['Tasks'],
  summary: 'Submit many tasks',
  description:
    'Up to 1,000 tasks. Each has an outcome of its own, in the order of the request; an invalid task does not affect the others. ' +
    'With `atomic: true` either all of them are stored or none, and errors name fields as `/tasks/3/prompt`.',
  parameters: [traceparentParameter],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: schemaRef('TaskBatchCreate'),
        examples: {
          each: {
            summary: 'An outcome for each',
            value: { tasks: [{ prompt: '计算 1+1' }, { prompt: 'what time is it in Tokyo', priority: 9 }] },
          },
          atomic: {
            summary: 'All or nothing',
            value: { tasks: [{ prompt: 'calculate 6*7' }, { prompt: '现在几点' }], atomic: true },
          },
        },
      },
    },
  },
  responses: {
    202: jsonResponse('All were stored (`atomic: true`)', 'TaskBatchAnswer', batchAnswer.atomic, {
      traceparent,
    }),
    207: jsonResponse('An outcome for each', 'TaskBatchAnswer', batchAnswer.each, {
      'Retry-After': {
        ...retryAfter,
        description: 'Seconds to wait, where some were refused by the limit of open tasks',
      },
      traceparent,
    }),
    ...problemResponses(
      ...ACCESS_PROBLEMS,
      'open_tasks_limit',
      'invalid_json',
      'invalid_utf8',
      'request_timeout',
      'body_too_large',
      'unsupported_media_type',
      'validation_failed',
      'internal_error',
    ),
  },
};
