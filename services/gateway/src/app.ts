import { type AnyElysia, Elysia } from 'elysia';
import type { GatewayContext, RouteContext } from './context.ts';
import { answerUncaught, createErrorHandler } from './http/error-handler.ts';
import { createJsonAnswers } from './http/json-answer.ts';
import { createMemoryBudget } from './http/memory-budget.ts';
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

/** The HTTP API, not yet listening: call `listen`, or pass a Request to `handle`. */
export function createApp(gateway: GatewayContext) {
  const { telemetry, logger } = gateway;
  const context: RouteContext = {
    ...gateway,
    reserveMemory: createMemoryBudget('bodies'),
    answerJson: createJsonAnswers(createMemoryBudget('answers')),
    // One owner's scans leave a connection to others; if there is only one, others get it between two scans.
    scanInTurn: createTurns(Math.max(1, gateway.scanPoolSize - 1)),
  };
  const answerError = createErrorHandler(context);

  // normalize would silently drop unknown fields from bodies and answers.
  const app = new Elysia({ normalize: false, serve: { error: answerUncaught(logger) } })
    .headers(SECURITY_HEADERS)
    // Destructured: Elysia parses, for every request, whatever a hook might use.
    .onRequest(({ request, set }) => telemetry.arrived(request, set))
    .mapResponse(({ request, route, set, responseValue }) => {
      telemetry.answered(request, route, set, responseValue);
      // As it is; the type does not allow for it. Where no route matched, Elysia takes undefined for the answer.
      return responseValue as Response;
    })
    .onError(({ code, error, request, set }) => {
      if (code !== 'NOT_FOUND' && code !== 'VALIDATION') return answerError(error, request, set);
      const path = pathOf(request.url);
      const allow = methodsOf(app.routes, path);
      // GET /tasks/batch matches /tasks/:id and fails as an invalid id, when the method is what is wrong.
      if (code === 'VALIDATION' && allow.includes(request.method)) return answerError(error, request, set);
      if (request.method !== 'OPTIONS' || allow.length === 0) {
        return answerError(unmatched(request.method, path, allow), request, set);
      }
      set.status = 204;
      set.headers.allow = allow.join(', ');
      return null;
    })
    .guard({ beforeHandle: schemaGate(context.schema) }, (gated) =>
      gated
        .use(submitTask(context))
        .use(submitBatch(context))
        .use(getTask(context))
        .use(listTasks(context))
        .use(cancelTask(context))
        .use(retryTask(context))
        .use(retryTasks(context))
        .use(taskHistory(context))
        .use(streamTaskEvents(context))
        .use(getStats(context)),
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
