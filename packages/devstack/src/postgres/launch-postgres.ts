import { followFile } from '../log/follow-file.ts';
import type { Launch } from '../supervisor/instance.ts';
import { toLogRecord } from './log-record.ts';
import { logSize } from './postgres-server.ts';
import { type PostgresOptions, startPostgres } from './start-postgres.ts';

/**
 * Postgres as a supervised process. `onUrl` gets its address at each start. An adopted one is left running at a stop if
 * `leavesAdopted` says so.
 */
export function launchPostgres(
  options: PostgresOptions & { port: number },
  { onUrl, leavesAdopted }: { onUrl: (url: string) => void; leavesAdopted: () => boolean },
): Launch {
  return async (onLine) => {
    const logStart = logSize(options.dataDir);
    const server = await startPostgres(options);
    onUrl(server.url);
    const follower = followFile(server.logFile, logStart, (line) => onLine(toLogRecord(line)));
    const left = Promise.withResolvers<string>();
    const exited = Promise.race([server.exited, left.promise]);
    return {
      pid: server.pid,
      ready: Promise.resolve(),
      exited: exited.then((how) => {
        follower.close();
        return how;
      }),
      async stop() {
        if (!server.adopted || !leavesAdopted()) return server.stop('fast');
        server.leave();
        left.resolve('was left running');
      },
      kill: (signal) => server.kill(signal),
    };
  };
}
