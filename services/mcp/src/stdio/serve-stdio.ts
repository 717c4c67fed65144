import { openAccess, withoutWriting } from '@millrace/access';
import type { Service } from '@millrace/runtime';
import type { Server } from '@modelcontextprotocol/server';
import { serveStdio as connectStdio } from '@modelcontextprotocol/server/stdio';
import { readStdioConfig } from '../config.ts';
import { openContext } from '../open-context.ts';
import { createServer } from '../server/create-server.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { StdioTransport } from './stdio-transport.ts';

/**
 * MCP for the one client that started this process. Starts without Postgres too: a desktop client would show a server
 * that exits as broken for good, whereas a call that fails says why and the next one may succeed.
 */
export async function serveStdio(service: Service): Promise<void> {
  const { logger, onStop, stop } = service;
  const config = readStdioConfig();
  const parts = openContext(config, service);
  const { watch, resources } = parts;
  // A client that could start this process with the database's address needs no token.
  const access = config.readOnly ? withoutWriting(openAccess('stdio')) : openAccess('stdio');
  /** Replaced where a client tries first one era and then the other. */
  let server: Server | undefined;
  const subscriptions = new UriSubscriptions(resources, access.caller, (uri) => {
    server?.sendResourceUpdated({ uri }).catch(() => {});
  });
  // At the end, calls that wait for a task are answered with its current state.
  const transport = new StdioTransport(subscriptions, () => watch.stop());
  const connection = connectStdio(
    ({ era }) => {
      server = createServer(parts, access, era);
      return server;
    },
    {
      transport,
      onerror: ({ message }) => logger.warn({ reason: message }, 'message refused or failed'),
    },
  );
  onStop('connection', () => connection.close());
  onStop('calls in progress', () => transport.end());
  // A client ends its server by closing standard input; the open pools would keep the process alive.
  void transport.closed.then(stop);
  logger.info({ read_only: config.readOnly }, 'serving on standard input and output');
}
