/** Postgres, or the network before it, has gone silent. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'NO_ANSWER';
  constructor(timeoutMs: number) {
    super(`Postgres has not answered for ${timeoutMs} ms`);
  }
}

const CONNECTION_CODES = new Set([
  'NO_ANSWER',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);
/**
 * Connection exceptions (08), shutting down or starting up (57P), out of connections, disk or memory (53), system errors (58),
 * rolled back for another's sake (40), a standby that only reads (25006), as during a failover, and a transaction left idle for too
 * long (25P03), as by a process that was frozen.
 */
const UNAVAILABLE_SQLSTATES = /^(08|57P|53|58|40|25006|25P03)/;
/** A statement that ran into its timeout: the server is there but does not keep up. */
const QUERY_CANCELED = '57014';

function codeOf(error: unknown): string {
  // Drizzle wraps the driver's error.
  const source = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return source instanceof Error && 'code' in source ? String(source.code) : '';
}

/** Whether Postgres cannot be reached or cannot serve now, so that the same call may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return CONNECTION_CODES.has(code) || UNAVAILABLE_SQLSTATES.test(code) || code === QUERY_CANCELED;
}

/** Whether Postgres refused the data of a statement (SQLSTATE classes 22 and 23). */
export function isInvalidData(error: unknown): boolean {
  return /^(22|23)/.test(codeOf(error));
}
