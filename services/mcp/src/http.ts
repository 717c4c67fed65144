import type { Service } from '@millrace/runtime';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { readHttpConfig } from './config.ts';
import { openContext } from './context.ts';
import { crossOriginGuard } from './cross-origin.ts';
import { readiness } from './readiness.ts';
import { createServer } from './server.ts';

const BODY_BYTES_MAX = 1024 * 1024;
/** Longer than any ordinary answer takes; what is still open then is a stream without an end of its own. */
const GRACE_MS = 5_000;

/** MCP over Streamable HTTP at `/mcp`, to clients of the protocol's 2026-07-28 revision and of its earlier ones. */
export async function serveHttp({ logger, onStop }: Service): Promise<void> {
  const { hostname, port, allowedHosts, allowedOrigins, ...database } = readHttpConfig();
  const context = openContext(database, logger);
  onStop('database', () => context.db.close());
  // Services and Postgres start in any order: until it answers this one is unready, and calls say why.
  context.migrated().catch((error: unknown) => logger.warn({ err: error }, 'could not migrate yet'));

  const mcp = createMcpHandler(() => createServer(context), {
    maxRequestBodySize: BODY_BYTES_MAX,
    onerror: (error) => logger.warn({ reason: error.message }, 'request refused or failed'),
  });
  const guard = crossOriginGuard({ allowedHosts, allowedOrigins });
  const server = Bun.serve({
    hostname,
    port,
    development: false,
    // A second server on the same port is a mistake, and should fail instead of sharing it.
    reusePort: false,
    // Subscription streams are silent for longer than Bun's 10 s.
    idleTimeout: 0,
    routes: {
      '/health': { GET: () => Response.json({ status: 'alive' }) },
      '/health/ready': {
        async GET() {
          const report = await readiness(context);
          return Response.json(report, { status: report.status === 'ready' ? 200 : 503 });
        },
      },
      '/mcp': (request) => guard(request, mcp.fetch),
    },
    fetch: () => new Response('Not found: MCP is served at /mcp\n', { status: 404 }),
    error(error) {
      logger.error({ err: error }, 'request failed');
      return new Response('Internal server error\n', { status: 500 });
    },
  });
  onStop('http server', async () => {
    const answered = server.stop();
    await Promise.race([answered, Bun.sleep(GRACE_MS)]);
    await mcp.close();
    await server.stop(true);
  });
  logger.info({ hostname, port: server.port, path: '/mcp' }, 'listening');
}
