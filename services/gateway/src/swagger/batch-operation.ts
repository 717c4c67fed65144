import type { DocumentDecoration } from 'elysia';
import { batchAnswer } from './examples.ts';
import {
  idempotencyKeyParameter,
  idempotentReplayed,
  retryAfter,
  traceparent,
  traceparentParameter,
} from './headers.ts';
import { BODY_PROBLEMS, jsonBody, jsonResponse, problemResponses } from './responses.ts';
import { needs } from './security.ts';

export const submitBatchOperation: DocumentDecoration = {
  operationId: 'submitBatch',
  security: needs('tasks:write'),
  tags: ['Tasks'],
  summary: 'Submit many tasks',
  description:
    'Up to 1,000 tasks, in a body of at most 8 MiB unless `BATCH_BODY_LIMIT_BYTES` says otherwise. Each has an outcome of ' +
    'its own, in the order of the request; an invalid task does not affect the others. With `atomic: true` either all of ' +
    'them are stored or none, and errors name fields as `/tasks/3/prompt`. After a 500 or 503, or without an answer, tasks ' +
    'may have been stored: a request that had an `Idempotency-Key` can be repeated safely.',
  parameters: [
    traceparentParameter,
    {
      ...idempotencyKeyParameter,
      description:
        '1 to 255 visible ASCII characters of your choice, apart from the keys of `POST /tasks`. For 24 hours the same ' +
        'key with the same body makes no task twice: those stored before are answered as they were then, PENDING; ' +
        'those that had no room are tried again. Correct an invalid task with a new key.',
    },
  ],
  requestBody: jsonBody('TaskBatchCreate', {
    each: {
      summary: 'An outcome for each',
      value: { tasks: [{ prompt: '计算 1+1' }, { prompt: 'what time is it in Tokyo', priority: 9 }] },
    },
    atomic: {
      summary: 'All or nothing',
      value: { tasks: [{ prompt: 'calculate 6*7' }, { prompt: '现在几点' }], atomic: true },
    },
  }),
  responses: {
    202: jsonResponse('All are stored (`atomic: true`)', 'TaskBatchAnswer', batchAnswer.atomic, {
      'Idempotent-Replayed': idempotentReplayed,
      traceparent,
    }),
    207: jsonResponse('An outcome for each', 'TaskBatchAnswer', batchAnswer.each, {
      'Idempotent-Replayed': idempotentReplayed,
      'Retry-After': {
        ...retryAfter,
        required: false,
        description: 'Seconds to wait, where some were refused by the limit of open tasks',
      },
      traceparent,
    }),
    ...problemResponses(...BODY_PROBLEMS, 'open_tasks_limit', 'idempotency_key_reused'),
  },
};
