import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { followFile } from '../log/follow-file.ts';
import type { Launch } from '../process/instance.ts';
import { toLogRecord } from './log-record.ts';
import { type PostgresOptions, startPostgres } from './server.ts';

/** Postgres as a supervised process; `onUrl` hears where it is each time that it starts. */
export function launchPostgres(
  options: PostgresOptions & { port: number },
  on: { line: (line: string) => void; url: (url: string) => void },
): Launch {
  return async () => {
    const log = join(options.dataDir, 'server.log');
    const logStart = existsSync(log) ? statSync(log).size : 0;
    const server = await startPostgres(options);
    on.url(server.url);
    const follower = followFile(server.logFile, logStart, (line) => on.line(toLogRecord(line)));
    return {
      pid: server.pid,
      ready: Promise.resolve(),
      exited: server.exited.then((how) => {
        follower.close();
        return how;
      }),
      refused: () => false,
      notReady: () => undefined,
      stop: () => server.stop('fast'),
      kill: (signal) => server.kill(signal),
    };
  };
}
