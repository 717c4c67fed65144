/** Whether a service can do its work, and why not; the body of `GET /health/ready`. */
export interface ReadinessReport {
  readonly status: 'ready' | 'unready';
}

/**
 * `GET /health` (alive) and `GET /health/ready` (200 or 503 with the report) for services that serve no other HTTP.
 *
 * @throws if the port is taken
 */
export function startHealthServer(options: {
  hostname: string;
  port: number;
  readiness: () => ReadinessReport | Promise<ReadinessReport>;
}) {
  return Bun.serve({
    hostname: options.hostname,
    port: options.port,
    // Bun would share a taken port with its owner instead of failing.
    reusePort: false,
    development: false,
    routes: {
      '/health': () => Response.json({ status: 'alive' }),
      '/health/ready': async () => {
        const report = await options.readiness();
        return Response.json(report, { status: report.status === 'ready' ? 200 : 503 });
      },
    },
    fetch: () => new Response('Not found: this port serves /health and /health/ready\n', { status: 404 }),
  });
}
