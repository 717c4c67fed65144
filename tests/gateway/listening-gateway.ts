import { freePort } from '@millrace/devstack';
import type { GatewayContext } from '@millrace/gateway/app';
import type { TaskProducer } from '@millrace/stream';
import type { TestDatabase } from '../test-database.ts';
import { createGatewayApp, createStreams } from './gateway.ts';

export interface ListeningGateway extends AsyncDisposable {
  readonly port: number;
  readonly streams: GatewayContext['streams'];
  /** What it publishes reaches the streams at once. */
  readonly producer: Pick<TaskProducer, 'publishEvent'>;
}

/** A gateway in this process that serves over TCP and receives what a test sends to its streams. */
export async function listenAsGateway(
  database: Pick<TestDatabase, 'db'>,
  options: Parameters<typeof createStreams>[1] = {},
  changes: Partial<GatewayContext> = {},
): Promise<ListeningGateway> {
  const port = await freePort();
  const streams = createStreams(database.db, options);
  const app = createGatewayApp(database.db, { streams, ...changes });
  app.listen({ hostname: '127.0.0.1', port, reusePort: false });
  return {
    port,
    streams,
    producer: { publishEvent: (event) => streams.hear([event]) },
    async [Symbol.asyncDispose]() {
      streams.stop();
      await app.stop(true);
    },
  };
}
