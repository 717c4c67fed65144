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
/** OpenSSL's words for a certificate that nobody trusted has signed, that is out of date, or that is for another host. */
const CERTIFICATE_CODES =
  /^(CERT_|ERR_TLS_CERT_|SELF_SIGNED_|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF))/;
/**
 * Connection exceptions (08), shutting down or starting up (57P), out of connections, disk or memory (53), system errors (58),
 * rolled back for another's sake (40), a standby that only reads (25006), as during a failover, and a transaction left idle for too
 * long (25P03), as by a process that was frozen, and a lock that is held for too long (55P03).
 */
const UNAVAILABLE_SQLSTATES = /^(08|57P|53|58|40|25006|25P03|55P03)/;
/**
 * The login is refused (28), the database is not there (3D000), or it takes no connections (55000): as while a password is changed, or a
 * backup restored.
 */
const ACCESS_REFUSED_SQLSTATES = /^(28|3D000|55000)/;
/** A statement that ran into its timeout: the server is there but does not keep up. */
const QUERY_CANCELED = '57014';

/** The driver's code, or Postgres's SQLSTATE; empty for any other error. */
export function codeOf(error: unknown): string {
  const source = sourceOf(error);
  return source instanceof Error && 'code' in source ? String(source.code) : '';
}

/** Drizzle wraps the driver's error. */
function sourceOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/** Whether Postgres cannot be reached or cannot serve now, so that the same call may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  return (
    CONNECTION_CODES.has(code) ||
    UNAVAILABLE_SQLSTATES.test(code) ||
    code === QUERY_CANCELED ||
    isAccessRefused(error) ||
    isCertificateRefused(error) ||
    isNotFromPostgres(error)
  );
}

/** Whether Postgres does not let this login into this database: a matter of configuration, or of something that an operator is at. */
export function isAccessRefused(error: unknown): boolean {
  const code = codeOf(error);
  return ACCESS_REFUSED_SQLSTATES.test(code) || code === 'SSL_NOT_SUPPORTED';
}

/** An error that says nothing: Postgres' have a code, so that something else answers in its place. */
function isNotFromPostgres(error: unknown): boolean {
  const source = sourceOf(error);
  return source instanceof Error && source.name === 'PostgresError' && codeOf(error) === '';
}

/** Whether whoever answers in Postgres's place cannot be trusted: a matter of configuration, or of a certificate that has expired. */
export function isCertificateRefused(error: unknown): boolean {
  return CERTIFICATE_CODES.test(codeOf(error));
}

/** Whether Postgres refused the data of a statement (SQLSTATE classes 22 and 23), or there was more of it than it takes (54). */
export function isInvalidData(error: unknown): boolean {
  return /^(22|23|54)/.test(codeOf(error));
}

/** Whether a row of the same key is there already. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505';
}

/** Whether the login, or the role that it has taken on, may not do this. */
export function isPermissionDenied(error: unknown): boolean {
  return codeOf(error) === '42501';
}

/** The schema is not this version's yet, and this process is not to migrate it. */
export class SchemaMissingError extends Error {
  override readonly name = 'SchemaMissingError';
  constructor() {
    super("The database does not have this version's schema yet; bun run migrate brings it there");
  }
}

/** Whether the schema is known not to be there, or a table turned out not to be: never migrated, or another database is meant. */
export function isSchemaMissing(error: unknown): boolean {
  return error instanceof SchemaMissingError || codeOf(error) === '42P01';
}
