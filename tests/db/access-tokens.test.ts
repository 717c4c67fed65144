import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  createAccessToken,
  findAccessToken,
  hashAccessToken,
  listAccessTokens,
  newTaskId,
  revokeAccessToken,
} from '@millrace/db';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(() => database?.[Symbol.asyncDispose]());

const create = (expires_in_days: number | null = null) =>
  createAccessToken(database.db, {
    name: 'desktop',
    scopes: ['tasks:read', 'tasks:write'],
    expires_in_days,
  });
const find = (token: string) => findAccessToken(database.db, hashAccessToken(token));

test('a token is found by its hash, with its scopes', async () => {
  const { id, token } = await create();
  expect(token).toMatch(/^mrt_[\w-]{43}$/);
  expect(await find(token)).toEqual({
    id,
    name: 'desktop',
    scopes: ['tasks:read', 'tasks:write'],
    created_at: expect.any(String),
    expires_at: null,
    revoked_at: null,
  });
  expect(await find(`${token.slice(0, -1)}_`)).toBeNull();
});

test('no column holds the token', async () => {
  const { token } = await create();
  const rows = await database.db.sql`select access_tokens::text as text from access_tokens`;
  expect(rows.length).toBeGreaterThan(0);
  for (const { text } of rows) expect(text).not.toContain(token);
});

test('a revoked token is not found, and can be revoked once', async () => {
  const { id, token } = await create();
  expect(await revokeAccessToken(database.db, id)).toBe(true);
  expect(await find(token)).toBeNull();
  expect(await revokeAccessToken(database.db, id)).toBe(false);
  expect(await revokeAccessToken(database.db, newTaskId())).toBe(false);
  const listed = (await listAccessTokens(database.db)).find((token) => token.id === id);
  expect(Date.parse(listed!.revoked_at!)).toBeGreaterThanOrEqual(Date.parse(listed!.created_at));
});

test('a token ends on its day', async () => {
  const { token } = await create(1);
  const found = await find(token);
  expect(Date.parse(found!.expires_at!) - Date.parse(found!.created_at)).toBe(86_400_000);
  await database.db.sql`update access_tokens set expires_at = now() where id = ${found!.id}`;
  expect(await find(token)).toBeNull();
});
