import type { Metrics } from './metrics/metrics.ts';

/** Whether a service can do its work, and if not, why; the body of `GET /health/ready`. */
export interface ReadinessReport {
  readonly status: 'ready' | 'unready';
}

/**
 * `GET /health` (alive), `GET /health/ready` (200 or 503 with the report) and `GET /metrics`, for services
 * with no other HTTP.
 *
 * @throws if the port is taken
 */
export function startHealthServer(options: {
  hostname: string;
  port: number;
  readiness: () => ReadinessReport | Promise<ReadinessReport>;
  metrics: Metrics;
}) {
  return Bun.serve({
    hostname: options.hostname,
    port: options.port,
    // Otherwise Bun would share a port already in use instead of failing.
    reusePort: false,
    development: false,
    routes: {
      '/health': () => Response.json({ status: 'alive' }),
      '/health/ready': async () => {
        const report = await options.readiness();
        return Response.json(report, { status: report.status === 'ready' ? 200 : 503 });
      },
      '/metrics': () => options.metrics.response(),
    },
    fetch: () =>
      new Response('Not found: this port serves /health, /health/ready and /metrics\n', { status: 404 }),
  });
}
