import { type AnyElysia, Elysia } from 'elysia';
import type { GatewayContext } from './context.ts';
import { createBodyRoom } from './http/body-room.ts';
import { answerEscaped, createErrorHandler, type Failed } from './http/error-handler.ts';
import { createJsonAnswers } from './http/json-answer.ts';
import type { ProblemError } from './http/problem.ts';
import { pathOf } from './http/request-url.ts';
import { schemaGate } from './http/schema-gate.ts';
import { SECURITY_HEADERS } from './http/security-headers.ts';
import { createTurns } from './http/turns.ts';
import { methodsOf, unmatched } from './http/unmatched-route.ts';
import { cancelTask } from './routes/cancel-task.ts';
import { getMetrics } from './routes/get-metrics.ts';
import { getStats } from './routes/get-stats.ts';
import { getTask } from './routes/get-task.ts';
import { health } from './routes/health.ts';
import { listModels } from './routes/list-models.ts';
import { listTasks } from './routes/list-tasks.ts';
import { retryTask } from './routes/retry-task.ts';
import { retryTasks } from './routes/retry-tasks.ts';
import { streamTaskEvents } from './routes/stream-task-events.ts';
import { submitBatch } from './routes/submit-batch.ts';
import { submitTask } from './routes/submit-task.ts';
import { taskHistory } from './routes/task-history.ts';
import { openApiDocument } from './swagger/document.ts';
import { swaggerPage } from './swagger/page.ts';

export { apiKeys, everybody } from './access/authorize.ts';
export type { GatewayContext } from './context.ts';
export { LiveStreams } from './events/live-streams.ts';
export { GatewayTelemetry } from './telemetry/telemetry.ts';
export { TaskWaiters } from './waiting/task-waiters.ts';

/** The HTTP API, not listening: `listen` it, or hand `handle` a Request. */
export function createApp(context: GatewayContext) {
  const { telemetry, logger } = context;
  const answerError = createErrorHandler(context);
  // Whatever an owner asks for, others find a connection; if there is but one, between two of the owner's scans.
  const scanTurns = createTurns(Math.max(1, context.scanPoolSize - 1));
  const enterBodyRoom = createBodyRoom('bodies');
  const answerJson = createJsonAnswers(createBodyRoom('answers'));
  function answerUnmatched(request: Request, set: Failed['set']): Response {
    const path = pathOf(request.url);
    const allow = methodsOf(app.routes, path);
    if (request.method === 'OPTIONS' && allow.length > 0) {
      return new Response(null, { status: 204, headers: { allow: allow.join(', ') } });
    }
    const problem = answerError({ error: unmatched(request.method, path, allow), request, set });
    return new Response(JSON.stringify(problem), { status: problem.status });
  }

  /** GET /tasks/batch reaches the route of tasks, where batch is no id: it is a wrong method. */
  function ofAnotherRoute({ method, url }: Request): ProblemError | null {
    const path = pathOf(url);
    const allow = methodsOf(app.routes, path);
    return allow.includes(method) ? null : unmatched(method, path, allow);
  }

  // normalize would drop unknown fields from bodies and answers without a word.
  const app = new Elysia({ normalize: false, serve: { error: answerEscaped(logger) } })
    .headers(SECURITY_HEADERS)
    // Named one by one: Elysia parses, for every request, what a hook might use of it.
    .onRequest(({ request, set }) => telemetry.arrived(request, set))
    .mapResponse(({ request, route, set, responseValue }) =>
      telemetry.answered(request, route, set, responseValue),
    )
    .onError(({ code, error, request, set }) => {
      if (code === 'VALIDATION')
        return answerError({ error: ofAnotherRoute(request) ?? error, request, set });
      if (code !== 'NOT_FOUND') return answerError({ error, request, set });
      const response = answerUnmatched(request, set);
      // What belongs to no route is not mapped: Elysia would lose what the hook above leaves as it is.
      telemetry.answered(request, undefined, set, response);
      return response;
    })
    .guard({ beforeHandle: schemaGate(context.schema) }, (gated) =>
      gated
        .use(submitTask(context, enterBodyRoom, answerJson))
        .use(submitBatch(context, enterBodyRoom))
        .use(getTask(context, answerJson))
        .use(listTasks(context, answerJson, scanTurns))
        .use(cancelTask(context))
        .use(retryTask(context))
        .use(retryTasks(context, enterBodyRoom, scanTurns))
        .use(taskHistory(context, answerJson))
        .use(streamTaskEvents(context))
        .use(getStats(context, scanTurns)),
    )
    .use(listModels(context))
    .use(health(context))
    .use(getMetrics(context))
    .use(swaggerPage())
    .use(openApiDocument((): AnyElysia => app));
  telemetry.metrics.gauge(
    'millrace_http_requests_in_flight',
    'Requests that are not answered yet, and streams of events that are open.',
    () => [{ value: app.server?.pendingRequests ?? 0 }],
  );
  return app;
}
