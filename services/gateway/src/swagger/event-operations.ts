import type { DocumentDecoration } from 'elysia';
import { schemaRef } from './components.ts';
import { eventStreamExample } from './event-example.ts';
import { problemResponses } from './responses.ts';
import { needs } from './security.ts';

/** OpenAPI 3.1 cannot describe the items of a stream: some clients apply the schema to its text, some to each `data`. */
const eventStream = {
  anyOf: [
    { type: 'string' as const, description: 'The stream as text' },
    ...(['TaskSnapshot', 'StatusChange', 'TaskStep', 'OutputDelta', 'Task'] as const).map(schemaRef),
  ],
};

export const streamTaskEventsOperation: DocumentDecoration = {
  operationId: 'streamTaskEvents',
  security: needs('tasks:read'),
  tags: ['Tasks'],
  summary: 'Watch a task',
  description:
    'Server-Sent Events: `snapshot` (TaskSnapshot), then, as it happens, `status` (StatusChange), `step` (TaskStep) and ' +
    '`delta` (OutputDelta), and finally `end` (Task), after which the stream closes. Each has an `id`: after a disconnect, ' +
    'send the last one as `Last-Event-ID`, to any gateway, to get what came after it, once. An EventSource does so by itself. ' +
    'Comments keep quiet streams open.',
  parameters: [
    {
      name: 'Last-Event-ID',
      in: 'header',
      description: 'The last id received; without it the stream begins with a snapshot',
      schema: { type: 'string' },
    },
  ],
  responses: {
    200: {
      description: 'The events, until the task has ended',
      content: { 'text/event-stream': { schema: eventStream, example: eventStreamExample } },
    },
    204: { description: '`Last-Event-ID` is that of an `end`: nothing comes after it' },
    ...problemResponses('task_not_found'),
  },
};
