import { KeyVerifier, RateLimiter } from '@millrace/access';
import { listenAs, type Service } from '@millrace/runtime';
import { bearerKeys, everybody } from '../access/authenticate.ts';
import { readHttpConfig } from '../config.ts';
import { openContext } from '../open-context.ts';
import { readinessOf } from '../readiness.ts';
import { createServer } from '../server/create-server.ts';
import { McpMetrics } from '../telemetry/mcp-metrics.ts';
import { crossOriginGuard } from './cross-origin.ts';
import { createEndpoint } from './endpoint.ts';

/** After this, only streams are still open, which do not end by themselves. */
const GRACE_MS = 400;
/** Longer than any call takes or a stream is silent; without it, clients that vanished would hold their connections for ever. */
const IDLE_TIMEOUT_SECONDS = 120;

/**
 * MCP over Streamable HTTP at `/mcp`, for clients of the protocol's revision 2026-07-28 and earlier ones.
 *
 * @param create replaced by tests that mount something beside the product
 */
export async function serveHttp(service: Service, create = createServer): Promise<void> {
  const { logger, onStop } = service;
  const config = readHttpConfig();
  const { hostname, port, authenticated, tokens, readOnly } = config;
  const mcpMetrics = new McpMetrics(config.models.map(({ id }) => id));
  const parts = openContext(config, service, mcpMetrics);
  const { databases, watch } = parts;
  const verifier = new KeyVerifier({ db: databases.writing, logger, fixed: tokens });
  const access = authenticated
    ? bearerKeys({ verifier, limiter: new RateLimiter(), readOnly, logger })
    : everybody(readOnly);
  const endpoint = createEndpoint(parts, access, create);
  const ready = readinessOf(parts);
  const guard = crossOriginGuard(config);
  const server = listenAs('MCP', { hostname, port }, () =>
    Bun.serve({
      hostname,
      port,
      development: false,
      // A second server on the same port is a mistake, and should fail instead of sharing it.
      reusePort: false,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      routes: {
        '/health': { GET: () => Response.json({ status: 'alive' }) },
        '/health/ready': {
          async GET() {
            const report = await ready();
            return Response.json(report, { status: report.status === 'ready' ? 200 : 503 });
          },
        },
        '/metrics': { GET: () => mcpMetrics.metrics.response() },
        '/mcp': (request) => guard(request, endpoint.answer),
      },
      fetch: () => new Response('Not found: MCP is served at /mcp\n', { status: 404 }),
      error(error) {
        logger.error({ err: error }, 'request failed');
        return new Response('Internal server error\n', { status: 500 });
      },
    }),
  );
  onStop('http server', async () => {
    // Calls that wait for a task are answered with its current state.
    watch.stop();
    await Promise.race([server.stop(), Bun.sleep(GRACE_MS)]);
    await endpoint.close();
    await server.stop(true);
  });
  const tokensNeeded = authenticated
    ? 'an API key for every request'
    : 'off: anyone on this machine may call';
  logger.info(
    { hostname, port: server.port, path: '/mcp', auth: tokensNeeded, read_only: readOnly },
    'listening',
  );
}
