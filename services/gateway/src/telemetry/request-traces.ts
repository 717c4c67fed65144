import { type Span, type Tracing, traceparentOrNew } from '@millrace/runtime';

/** What concerns tasks; whoever asks for health or metrics does so all day. */
const TRACED = /^[^/]*\/\/[^/]*\/tasks/;

/** A span for every request that concerns tasks. Without tracing there are none, and only trace ids are handed on. */
export class RequestTraces {
  readonly #tracing: Tracing | undefined;
  readonly #spans = new WeakMap<Request, Span>();

  constructor(tracing: Tracing | undefined) {
    this.#tracing = tracing;
  }

  begin(request: Request): void {
    if (!this.#tracing || !TRACED.test(request.url)) return;
    const { method, url, headers } = request;
    const span = this.#tracing.startSpan(method, {
      kind: 'server',
      parent: headers.get('traceparent') ?? undefined,
      attributes: { 'http.request.method': method, 'url.path': new URL(url).pathname },
    });
    this.#spans.set(request, span);
  }

  /** W3C Trace Context for the answer, and for whatever the request sets off. */
  traceparentOf(request: Request): string {
    const span = this.#tracing && this.#spans.get(request);
    return span?.traceparent ?? traceparentOrNew(request.headers.get('traceparent'));
  }

  /** The task that the request made. */
  concerns(request: Request, taskId: string): void {
    if (this.#tracing) this.#spans.get(request)?.set({ 'millrace.task_id': taskId });
  }

  end(request: Request, route: string | undefined, status: number): void {
    const span = this.#tracing && this.#spans.get(request);
    if (!span) return;
    span.set({ 'http.route': route, 'http.response.status_code': status });
    if (route !== undefined) span.rename(`${request.method} ${route}`);
    span.end(status >= 500 ? String(status) : undefined);
  }
}
