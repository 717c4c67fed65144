import { isTraceparent, newTraceparent, type Span, type Tracing } from '@millrace/runtime';
import { pathOf } from '../http/request-url.ts';

/** Not probes and scrapes, which come all day. */
const TRACED = '/tasks';

/** A span for every request about tasks. Without tracing there are none, and only trace ids are propagated. */
export class RequestTraces {
  readonly #tracing: Tracing | undefined;
  readonly #spans = new WeakMap<Request, Span>();

  constructor(tracing: Tracing | undefined) {
    this.#tracing = tracing;
  }

  begin(request: Request): void {
    if (!this.#tracing) return;
    const path = pathOf(request.url);
    if (!path.startsWith(TRACED)) return;
    const { method, headers } = request;
    const span = this.#tracing.startSpan(method, {
      kind: 'server',
      parent: headers.get('traceparent') ?? undefined,
      attributes: { 'http.request.method': method, 'url.path': path },
    });
    this.#spans.set(request, span);
  }

  /** W3C Trace Context for the answer: its trace id finds the log lines. */
  traceparentOf(request: Request): string {
    return this.propagated(request) ?? newTraceparent();
  }

  /** The same for messages to executors; undefined without tracing, since a traced task cannot share its message with others. */
  propagated(request: Request): string | undefined {
    const span = this.#tracing && this.#spans.get(request);
    if (span) return span.traceparent;
    const header = request.headers.get('traceparent');
    return isTraceparent(header) ? header : undefined;
  }

  /** Records the task that the request created. */
  tagTask(request: Request, taskId: string): void {
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
