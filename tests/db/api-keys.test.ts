import { describe, expect, test } from 'bun:test';
import {
  createApiKey,
  findApiKeys,
  hashApiKey,
  listApiKeys,
  type NewApiKey,
  newTaskId,
  revokeApiKeys,
} from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';

const database = shared(createTestDatabase);

const create = (fields: Partial<NewApiKey> = {}) =>
  createApiKey(database.db, {
    name: 'desktop',
    owner: 'ada',
    scopes: ['tasks:read', 'tasks:write'],
    rate_limit: 60,
    max_open_tasks: null,
    expires_in_days: null,
    ...fields,
  });
const find = async (key: string) => (await findApiKeys(database.db, [hashApiKey(key)]))[0] ?? null;

test('a key is found by its hash, with its permissions', async () => {
  const { id, key } = await create({ max_open_tasks: 7 });
  expect(key).toMatch(/^mrt_[\w-]{43}$/);
  expect(await find(key)).toEqual({
    id,
    name: 'desktop',
    owner: 'ada',
    scopes: ['tasks:read', 'tasks:write'],
    rate_limit: 60,
    max_open_tasks: 7,
    key_hash: hashApiKey(key),
    created_at: expect.any(String),
    expires_at: null,
    expires_in_ms: null,
    revoked_at: null,
  });
  expect(await find(`${key.slice(0, -1)}_`)).toBeNull();
});

test('many are found in one statement, and unknown ones left out', async () => {
  const keys = [await create(), await create()];
  const hashes = [hashApiKey('unknown'), ...keys.map(({ key }) => hashApiKey(key))];
  const found = await findApiKeys(database.db, hashes);
  expect(found.map(({ id }) => id).sort()).toEqual(keys.map(({ id }) => id).sort());
});

test('no column contains the key', async () => {
  const { key } = await create();
  const rows = await database.db.sql`select api_keys::text as text from api_keys`;
  expect(rows.length).toBeGreaterThan(0);
  for (const { text } of rows) expect(text).not.toContain(key.slice('mrt_'.length));
});

describe('a revoked key', () => {
  test('is not found, and can be revoked once', async () => {
    const { id, key } = await create();
    expect(await revokeApiKeys(database.db, id.toUpperCase())).toMatchObject([{ id, name: 'desktop' }]);
    expect(await find(key)).toBeNull();
    expect(await revokeApiKeys(database.db, id)).toEqual([]);
    expect(await revokeApiKeys(database.db, newTaskId())).toEqual([]);
    const listed = (await listApiKeys(database.db)).find((listed) => listed.id === id);
    expect(Date.parse(listed!.revoked_at!)).toBeGreaterThanOrEqual(Date.parse(listed!.created_at));
  });

  test('by name: all keys of that name are revoked, and no others', async () => {
    const [first, second] = [await create({ name: 'ci' }), await create({ name: 'ci' })];
    const other = await create({ name: 'ci-2' });
    const revoked = await revokeApiKeys(database.db, 'ci');
    expect(revoked.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    expect(await find(other.key)).not.toBeNull();
  });
});

test('a key expires on its date', async () => {
  const { key } = await create({ expires_in_days: 1 });
  const found = await find(key);
  expect(Date.parse(found!.expires_at!) - Date.parse(found!.created_at)).toBe(86_400_000);
  expect(found!.expires_in_ms).toBeLessThanOrEqual(86_400_000);
  expect(found!.expires_in_ms).toBeGreaterThan(86_000_000);
  await database.db.sql`update api_keys set expires_at = now() where id = ${found!.id}`;
  expect(await find(key)).toBeNull();
});
