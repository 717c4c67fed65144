import {
  codeOf,
  isDatabaseUnavailable,
  isPermissionDenied,
  isTlsRefused,
  SchemaMissingError,
  TableInUseError,
} from '../connection/errors.ts';

/** The reason, actionable for an operator and safe for strangers: names and addresses are only in the error itself. */
export function whyNotReady(error: unknown): string {
  if (error instanceof SchemaMissingError || error instanceof TableInUseError) return error.message;
  switch (codeOf(error)) {
    case 'NO_ANSWER':
      return 'Postgres does not answer';
    case 'SSL_NOT_SUPPORTED':
      return 'Postgres offers no TLS, which sslmode in DATABASE_URL demands';
    // invalid_password, invalid_authorization_specification
    case '28P01':
    case '28000':
      return 'Postgres refuses the login in DATABASE_URL; bun run migrate gives services theirs';
    // invalid_catalog_name
    case '3D000':
      return 'Postgres does not have the database that DATABASE_URL names';
    // object_not_in_prerequisite_state
    case '55000':
      return 'The database that DATABASE_URL names takes no connections';
  }
  if (isTlsRefused(error)) {
    return 'The certificate of Postgres is refused; check DATABASE_CA_FILE, the host in DATABASE_URL, and that it has not expired';
  }
  if (isPermissionDenied(error)) return 'The login in DATABASE_URL lacks a permission';
  if (isDatabaseUnavailable(error)) return 'Postgres cannot be reached';
  return 'Postgres rejects this service; its log has the reason';
}
