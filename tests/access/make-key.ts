import { createApiKey, type Database, type NewApiKey } from '@millrace/db';

export interface TestKey {
  readonly id: string;
  readonly key: string;
  /** For requests with a JSON body. */
  readonly headers: Readonly<Record<string, string>>;
}

/** By default, a key for reading and writing with an owner of its own. */
export async function makeKey(
  db: Database,
  { name = 'test', ...fields }: Partial<NewApiKey> = {},
): Promise<TestKey> {
  const { id, key } = await createApiKey(db, {
    name,
    owner: name,
    scopes: ['tasks:read', 'tasks:write'],
    rate_limit: null,
    max_open_tasks: null,
    expires_in_days: null,
    ...fields,
  });
  return { id, key, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } };
}
