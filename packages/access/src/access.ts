import { type ApiKey, type Caller, UNRESTRICTED } from '@millrace/db';
import { SCOPES, type Scope } from './scopes.ts';

/** Who is calling, and what they may do. */
export interface Access {
  /** Identifies the client: the name and id of its key, or a fixed word where no keys are required. */
  readonly client: string;
  readonly scopes: readonly Scope[];
  /** On whose behalf the verbs of packages/db act. */
  readonly caller: Caller;
  /** Requests a minute; null for no limit. */
  readonly rate_limit: number | null;
}

/** What the holder of a key may do. */
export function accessOf(
  client: string,
  {
    scopes,
    owner,
    rate_limit,
    max_open_tasks,
  }: Pick<ApiKey, 'scopes' | 'owner' | 'rate_limit' | 'max_open_tasks'>,
): Access {
  const known = SCOPES.filter((scope) => scopes.includes(scope));
  const sees = known.includes('admin') ? null : owner;
  return { client, scopes: known, caller: { sees, owner, max_open_tasks }, rate_limit };
}

/** What anyone may do where no keys are required. */
export function openAccess(client: string): Access {
  return { client, scopes: SCOPES, caller: UNRESTRICTED, rate_limit: null };
}

/** The same access, but read-only. */
export function withoutWriting(access: Access): Access {
  return { ...access, scopes: access.scopes.filter((scope) => scope !== 'tasks:write') };
}
