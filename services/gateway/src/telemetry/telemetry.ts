import {
  type Count,
  finishedTasks,
  type Metrics,
  type PerModel,
  submittedTasks,
  type Tracing,
} from '@millrace/runtime';
import { HttpMetrics } from './http-metrics.ts';
import { RequestTraces } from './request-traces.ts';

const STARTED_AT = Symbol('startedAt');

/** Elysia's `set`, one for each request. */
type Answer = { status?: number | string; [STARTED_AT]?: number };

/** What the gateway counts and traces. */
export class GatewayTelemetry {
  readonly metrics: Metrics;
  readonly traces: RequestTraces;
  readonly submitted: PerModel<Count>;
  readonly ended: PerModel<Readonly<Record<'CANCELLED', Count>>>;
  readonly #http: HttpMetrics;

  /** @param models the ids of those that are configured */
  constructor(metrics: Metrics, tracing: Tracing | undefined, models: readonly string[]) {
    this.metrics = metrics;
    this.traces = new RequestTraces(tracing);
    this.submitted = submittedTasks(metrics, models);
    this.ended = finishedTasks(metrics, models, ['CANCELLED']);
    this.#http = new HttpMetrics(metrics);
  }

  arrived(request: Request, answer: Answer): void {
    answer[STARTED_AT] = performance.now();
    this.traces.begin(request);
  }

  /** @param value what the route answers: a Response has a status of its own */
  answered(request: Request, route: string | undefined, answer: Answer, value: unknown): void {
    const now = performance.now();
    const status = value instanceof Response ? value.status : Number(answer.status);
    this.#http.answered(request.method, route, status, now - (answer[STARTED_AT] ?? now));
    this.traces.end(request, route, status);
  }
}
