import type { Service } from '@millrace/runtime';
import { serveStdio as connectStdio } from '@modelcontextprotocol/server/stdio';
import { readStdioConfig } from './config.ts';
import { openContext } from './context.ts';
import { createServer } from './server.ts';
import { StdioTransport } from './stdio-transport.ts';

/**
 * MCP to the one client that started this process. Starts without Postgres too: a desktop client would show a server
 * that ends as broken for good, whereas a call that fails says why and the next one may succeed.
 */
export async function serveStdio({ logger, onStop, stop }: Service): Promise<void> {
  const context = openContext(readStdioConfig(), logger);
  onStop('database', () => context.db.close());
  context.migrated().catch((error: unknown) => logger.warn({ err: error }, 'could not migrate yet'));

  const transport = new StdioTransport();
  const connection = connectStdio(() => createServer(context), {
    transport,
    onerror: (error) => logger.warn({ reason: error.message }, 'message refused or failed'),
  });
  onStop('connection', () => connection.close());
  // A client ends its server by closing standard input; the open pool would keep the process alive.
  void transport.closed.then(stop);
  logger.info({}, 'serving on standard input and output');
}
