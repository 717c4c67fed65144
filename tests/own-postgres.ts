import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@millrace/devstack';
import { temporaryFolder } from './temporary-folder.ts';

/** A Postgres of the test's own, without a schema, to be stopped and started again on the same port and data. */
export interface OwnPostgres extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends all sessions at once. */
  stop(): Promise<void>;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await temporaryFolder();
  const start = (port?: number): Promise<PostgresServer> =>
    startPostgres({
      dataDir: join(folder.path, 'data'),
      settings: { fsync: false },
      ...(port !== undefined && { port }),
    });
  let server = await start();
  const { url, port } = server;
  return {
    url,
    port,
    stop: () => server.stop('immediate'),
    async kill() {
      server.kill('SIGKILL');
      await server.exited;
    },
    async start() {
      server = await start(port);
    },
    async [Symbol.asyncDispose]() {
      await server.stop('immediate');
      await folder[Symbol.asyncDispose]();
    },
  };
}
