import { TaskListQuery, TaskQuery } from '@millrace/contracts';
import type { DocumentDecoration } from 'elysia';
import { completedTask, submittedTask, taskPage } from './examples.ts';
import {
  idempotencyKeyParameter,
  idempotentReplayed,
  location,
  preferenceApplied,
  traceparent,
  traceparentParameter,
} from './headers.ts';
import { BODY_PROBLEMS, jsonBody, jsonResponse, problemResponses, queryParameters } from './responses.ts';
import { needs } from './security.ts';

export const submitTaskOperation: DocumentDecoration = {
  operationId: 'submitTask',
  security: needs('tasks:write'),
  tags: ['Tasks'],
  summary: 'Submit a task',
  description:
    'Stores the task and answers before anything runs. It has ended when its `status` is COMPLETED, FAILED or CANCELLED: ' +
    'wait for that with `Prefer`, or with `GET /tasks/{id}?wait=60` as often as needed. Polling without `wait` is no ' +
    'faster; once a second is enough. After a 500 or 503, or without an answer, the task may have been stored: a request ' +
    'that had an `Idempotency-Key` can be repeated safely.',
  parameters: [
    traceparentParameter,
    {
      ...idempotencyKeyParameter,
      description:
        '1 to 255 visible ASCII characters of your choice. For 24 hours the same key with the same body gives the ' +
        'same task, however that has ended, so that a request whose answer was lost can be repeated.',
    },
    {
      name: 'Prefer',
      in: 'header',
      description:
        '`wait=N` (RFC 7240) waits up to N seconds, at most 60, for the task to end: then the answer is 200 with the ' +
        'finished task, otherwise 202.',
      schema: { type: 'string' },
      example: 'wait=10',
    },
  ],
  requestBody: jsonBody('TaskCreate', {
    calculation: { summary: 'A calculation', value: { prompt: '计算 1+1' } },
    time: {
      summary: 'Urgent, with metadata',
      value: { prompt: 'what time is it in Tokyo', priority: 9, metadata: { team: 'search' } },
    },
    file: {
      summary: 'Delayed, with a shorter timeout and more attempts',
      value: {
        prompt: 'write "hi" to notes.txt',
        priority: 3,
        max_attempts: 5,
        timeout_ms: 60_000,
        delay_ms: 10_000,
      },
    },
    languageModel: {
      summary: 'A language model, if MODELS names one, with instructions',
      value: {
        prompt: 'How much is the VAT of 19 % on 1,250 euros?',
        model: 'gpt-4.1-mini',
        system: 'You keep the books of a small shop. Calculate with the calculator.',
        tools: ['calculator'],
        temperature: 0,
        max_output_tokens: 500,
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 'tax',
            strict: true,
            schema: {
              type: 'object',
              properties: { euros: { type: 'number' } },
              required: ['euros'],
              additionalProperties: false,
            },
          },
        },
      },
    },
  }),
  responses: {
    200: jsonResponse(
      'The task, finished within the wait or made earlier with the same key',
      'Task',
      completedTask,
      {
        Location: location,
        'Idempotent-Replayed': idempotentReplayed,
        'Preference-Applied': preferenceApplied,
        traceparent,
      },
    ),
    202: jsonResponse('Stored; it will run', 'Task', submittedTask, {
      Location: location,
      'Preference-Applied': preferenceApplied,
      traceparent,
    }),
    ...problemResponses(
      ...BODY_PROBLEMS,
      'open_tasks_limit',
      'model_not_available',
      'idempotency_key_reused',
    ),
  },
};

export const getTaskOperation: DocumentDecoration = {
  operationId: 'getTask',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Read a task',
  description:
    'The task as it stands, with `result` once it is COMPLETED. An `error` tells why an attempt failed; ' +
    'that ended the task only if `status` is FAILED. With `wait=N` the answer comes as soon as the task has ' +
    'ended, and after N seconds at the latest, with the status it then has.',
  parameters: queryParameters(TaskQuery),
  responses: {
    200: jsonResponse('The task', 'Task', completedTask),
    ...problemResponses('task_not_found'),
  },
};

export const listTasksOperation: DocumentDecoration = {
  operationId: 'listTasks',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'List tasks',
  description:
    'Newest first, a page at a time: pass `next_cursor` as `cursor` for the next page. Filters are combined with ' +
    'AND. A `+` in a time is written `%2B`.',
  parameters: queryParameters(TaskListQuery),
  responses: {
    200: jsonResponse('A page of tasks', 'TaskPage', taskPage),
    ...problemResponses(),
  },
};
