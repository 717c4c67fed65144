import pino from 'pino';
import { openLogDestination } from './log-destination.ts';
import { loggedError } from './logged-error.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * Logs JSON lines, to standard output by default; MCP over stdio logs to standard error, because standard
 * output carries the protocol.
 */
export function createLogger(name: string, level: LogLevel = 'info', stream: 'stdout' | 'stderr' = 'stdout') {
  const logger = pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error) => pino.stdSerializers.err(loggedError(error) as Error) },
      formatters: { level: (label) => ({ level: label }) },
    },
    openLogDestination(stream, (lines) =>
      logger.warn({ lines }, 'log lines were lost: the pipe was not read, or the disk was full'),
    ),
  );
  return logger;
}
