import pino from 'pino';
import { loggedError } from './logged-error.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * JSON lines. Standard output by default; the MCP service over stdio logs to standard error, because there standard
 * output carries the protocol.
 */
export function createLogger(name: string, level: LogLevel = 'info', stream: 'stdout' | 'stderr' = 'stdout') {
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error) => pino.stdSerializers.err(loggedError(error) as Error) },
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: stream === 'stdout' ? 1 : 2, sync: true }),
  );
}
