import type { Database } from '../connection/database.ts';
import { codeOf, isPermissionDenied } from '../connection/errors.ts';

/** May read tasks, their attempts and steps, and the counts of finished tasks, and nothing else. Created by a migration. */
export const READER_ROLE = 'millrace_reader';

/**
 * The URL of the same database for connections that cannot write: their transactions are read-only and, with
 * `role`, so are their privileges. Only someone who can run arbitrary statements could undo it.
 */
export function readOnlyUrl(url: string, { role }: { role: boolean }): string {
  // Only the query is parsed: a URL may name several hosts, which the class URL refuses.
  const [address, query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  const given = parameters.get('options');
  const options = ['-c default_transaction_read_only=on', ...(role ? [`-c role=${READER_ROLE}`] : [])];
  parameters.set('options', [...(given ? [given] : []), ...options].join(' '));
  // The driver judges a host by the session, and this one is read-only at every host.
  if (parameters.get('target_session_attrs') === 'read-write')
    parameters.set('target_session_attrs', 'primary');
  return `${address}?${parameters}`;
}

/**
 * Resolves if connections opened with `readOnlyUrl` may read every table that the read verbs use; rejects
 * with the reason otherwise.
 */
export async function checkReading(db: Database): Promise<void> {
  await db.query`select from tasks, task_attempts, task_steps, finished_counts limit 0`;
}

/** The login may not assume the reader role, or the role is missing or lacks privileges. */
export function isRoleRefused(error: unknown): boolean {
  // invalid_parameter_value, undefined_object, invalid_authorization
  return isPermissionDenied(error) || ['22023', '42704', '28000'].includes(codeOf(error));
}
