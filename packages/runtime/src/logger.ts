import pino from 'pino';
import { loggedError } from './logged-error.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What waits for a full disk to have room again; beyond it lines are lost. */
const PENDING_BYTES_MAX = 1024 * 1024;

/**
 * JSON lines. Standard output by default; the MCP service over stdio logs to standard error, because there standard
 * output carries the protocol.
 */
export function createLogger(name: string, level: LogLevel = 'info', stream: 'stdout' | 'stderr' = 'stdout') {
  const destination = pino.destination({
    fd: stream === 'stdout' ? 1 : 2,
    sync: true,
    maxLength: PENDING_BYTES_MAX,
  });
  // No line of the log is worth the service: without a listener a full disk would end it.
  destination.on('error', () => {});
  return pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error) => pino.stdSerializers.err(loggedError(error) as Error) },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
