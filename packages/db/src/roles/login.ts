import { pbkdf2Sync } from 'node:crypto';
import { answeredInTime } from '../connection/deadline.ts';
import { codeOf, isPermissionDenied } from '../connection/errors.ts';
import { ANSWER_MS_MAX, withConnection } from '../connection/one-connection.ts';

/** One role per service, created by a migration. */
export const SERVICE_ROLES = ['millrace_gateway', 'millrace_executor', 'millrace_mcp'] as const;
export type ServiceRole = (typeof SERVICE_ROLES)[number];

/** PostgreSQL's default. */
const ITERATIONS = 4096;
const UNDEFINED_OBJECT = '42704';

/**
 * Gives a role this password, and the right to log in. Like psql's `\password`, sends only the SCRAM-SHA-256
 * verifier, so that the password cannot end up in a server's log.
 *
 * @param url of a login that may change the role
 * @param password printable ASCII, which SASLprep leaves as it is
 */
export async function giveLogin(url: string, role: ServiceRole, password: string): Promise<void> {
  try {
    const statement = `alter role ${role} login password '${scramVerifier(password)}'`;
    await withConnection(url, (sql) => answeredInTime(sql.unsafe(statement), ANSWER_MS_MAX));
  } catch (error) {
    if (!isPermissionDenied(error) && codeOf(error) !== UNDEFINED_OBJECT) throw error;
    throw new Error(
      `The login in DATABASE_URL may not give ${role} a password; docs/security.md says who may`,
      {
        cause: error,
      },
    );
  }
}

/** RFC 5803, as pg_authid stores it: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. */
function scramVerifier(password: string): string {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const keyOf = (text: string) => new Bun.CryptoHasher('sha256', salted).update(text).digest();
  const storedKey = new Bun.CryptoHasher('sha256').update(keyOf('Client Key')).digest('base64');
  const serverKey = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toBase64()}$${storedKey}:${serverKey}`;
}
