import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { readLastEventId, refuseLastEventId } from '../events/last-event-id.ts';
import { requirePlace } from '../http/in-flight.ts';
import { refuseQuery } from '../http/query.ts';
import { streamTaskEventsOperation } from '../swagger/event-operations.ts';
import { taskNotFound, taskPath } from './task-path.ts';

const HEADERS = {
  // Always UTF-8; but some clients, such as Python's requests, read text as Latin-1 unless told so.
  'content-type': 'text/event-stream; charset=utf-8',
  // nginx would hold events back until they fill a buffer.
  'x-accel-buffering': 'no',
};

export function streamTaskEvents({ authorize, isStillAllowed, streams }: GatewayContext) {
  return new Elysia().get(
    '/tasks/:id/events',
    async ({ params: { id }, request }) => {
      const { caller } = await authorize(request, 'tasks:read');
      refuseQuery(request.url);
      const after = readLastEventId(request.headers);
      const full = 'watch tasks here already; try again shortly, or read the task with wait.';
      requirePlace(streams.places, caller.owner, 'clients', full);
      const opened = await streams.open(
        { caller, isStillAllowed: () => isStillAllowed(request) },
        id,
        after,
        request.signal,
      );
      switch (opened.kind) {
        case 'unknown':
          throw taskNotFound(id);
        case 'elsewhere':
          return refuseLastEventId('is a position where this task has not been');
        case 'over':
          // Keeps an EventSource from reconnecting.
          return new Response(null, { status: 204 });
        case 'stream':
          return new Response(opened.body, { headers: HEADERS });
      }
    },
    { params: taskPath, detail: streamTaskEventsOperation },
  );
}
