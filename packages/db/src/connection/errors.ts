/** Postgres, or the network in between, has gone silent. */
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
/** OpenSSL's codes for a certificate with an untrusted issuer, expired, or for another host. */
const CERTIFICATE_CODES =
  /^(CERT_|ERR_TLS_CERT_|SELF_SIGNED_|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF))/;
/**
 * Connection exceptions (08), shutdown or startup (57P), out of connections, disk or memory (53), system
 * errors (58), serialization failures and deadlocks (40), a read-only standby (25006), as during a failover,
 * a transaction idle for too long (25P03), as in a frozen process, and a lock held for too long (55P03).
 */
const UNAVAILABLE_SQLSTATES = /^(08|57P|53|58|40|25006|25P03|55P03)/;
/** Login refused (28), no such database (3D000), or it takes no connections (55000), as during a password change or a restore. */
const ACCESS_REFUSED_SQLSTATES = /^(28|3D000|55000)/;
/** A statement timed out: the server is up but cannot keep up. */
const QUERY_CANCELED = '57014';
/** A lock was not to be had within `lock_timeout`. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** The driver's code, or Postgres's SQLSTATE; empty for any other error. */
export function codeOf(error: unknown): string {
  const source = sourceOf(error);
  return source instanceof Error && 'code' in source ? String(source.code) : '';
}

/** Drizzle, which applies migrations, wraps the driver's error. */
function sourceOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/** Whether Postgres cannot be reached or cannot serve right now, so that the same call may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return (
    CONNECTION_CODES.has(code) ||
    UNAVAILABLE_SQLSTATES.test(code) ||
    code === QUERY_CANCELED ||
    isAccessRefused(error) ||
    isTlsRefused(error) ||
    isNotFromPostgres(error)
  );
}

/** Whether Postgres denies this login access to this database: misconfiguration, or an operator's change in progress. */
export function isAccessRefused(error: unknown): boolean {
  return ACCESS_REFUSED_SQLSTATES.test(codeOf(error));
}

/** Postgres's errors have a code: without one, something else answered in its place. */
function isNotFromPostgres(error: unknown): boolean {
  const source = sourceOf(error);
  return source instanceof Error && source.name === 'PostgresError' && codeOf(error) === '';
}

/** Whether the server offers no TLS, or its certificate is not trusted: misconfiguration, or it has expired. */
export function isTlsRefused(error: unknown): boolean {
  const code = codeOf(error);
  return CERTIFICATE_CODES.test(code) || code === 'SSL_NOT_SUPPORTED';
}

/** Whether Postgres refused a statement's data (SQLSTATE classes 22 and 23), or its amount (54). */
export function isInvalidData(error: unknown): boolean {
  return /^(22|23|54)/.test(codeOf(error));
}

/** Whether the login, or its current role, lacks the privilege. */
export function isPermissionDenied(error: unknown): boolean {
  return codeOf(error) === '42501';
}

/** A migration would have to wait for a transaction, and everything else for the migration. */
export class TableInUseError extends Error {
  override readonly name = 'TableInUseError';
  readonly code = LOCK_NOT_AVAILABLE;
  constructor() {
    super('A transaction, such as a backup, is using a table that the migration changes');
  }
}

/** The schema is older than this version's, and this process may not migrate it. */
export class SchemaMissingError extends Error {
  override readonly name = 'SchemaMissingError';
  constructor() {
    super("The database does not have this version's schema yet; bun run migrate creates it");
  }
}

/** Whether the schema, or a table, is missing: never migrated, or the wrong database. */
export function isSchemaMissing(error: unknown): boolean {
  return error instanceof SchemaMissingError || codeOf(error) === '42P01';
}
