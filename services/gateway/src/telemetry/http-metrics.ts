import type { Count, Distribution, Metrics } from '@millrace/runtime';

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

interface Series {
  readonly requests: Count;
  readonly durations: Distribution;
}

/** Requests by method, route template and status: the number of series is bounded, whatever clients send. */
export class HttpMetrics {
  readonly #create: (method: string, route: string, status: string) => Series;
  readonly #series = new Map<string, Series>();

  constructor(metrics: Metrics) {
    const requests = metrics.counter(
      'millrace_http_requests_total',
      'Requests answered, by method, template of the route, and status.',
      ['method', 'route', 'status'],
    );
    const durations = metrics.histogram(
      'millrace_http_request_duration_seconds',
      'From the arrival of a request until its answer was ready to be sent, waiting for the end of tasks included.',
      BOUNDS,
      ['method', 'route'],
    );
    this.#create = (method, route, status) => ({
      requests: requests.of(method, route, status),
      durations: durations.of(method, route),
    });
  }

  /** @param route its template; undefined if none matched */
  answered(sentMethod: string, route = 'unmatched', status: number, durationMs: number): void {
    const method = METHODS.has(sentMethod) ? sentMethod : '_other';
    const key = `${status} ${method} ${route}`;
    let series = this.#series.get(key);
    if (!series) {
      series = this.#create(method, route, String(status));
      this.#series.set(key, series);
    }
    series.requests.add();
    series.durations.observe(durationMs / 1000);
  }
}
