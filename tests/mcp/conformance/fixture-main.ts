import { openDatabase } from '@millrace/db';
import { serveHttp } from '@millrace/mcp/parts';
import { runService } from '@millrace/runtime';
import { fixtureServer } from './fixture-server.ts';

/** The MCP service, with the fixtures added to its server. */
await runService('mcp-conformance', async (service) => {
  const url = process.env.DATABASE_URL!;
  const db = openDatabase({ url, maxConnections: 2, applicationName: 'millrace-mcp-conformance' });
  service.onStop('database of the fixtures', () => db.close());
  await serveHttp(service, fixtureServer(db));
});
