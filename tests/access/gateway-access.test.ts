import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { KeyVerifier } from '@millrace/access';
import { createLogger } from '@millrace/runtime';
import { problemIn } from '../gateway/gateway.ts';
import { startGateway } from '../gateway/gateway-process.ts';
import { shared } from '../shared.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { makeKey } from './make-key.ts';

// Every test starts processes, and the machine may be busy.
setDefaultTimeout(60_000);

/** What docs/api-keys.md promises, plus time to query. */
const REVOKED_WITHIN_MS = 5_000 + 1_000;

const database = shared(createTestDatabase);
// The default: keys required.
const gateway = shared(() => startGateway({ DATABASE_URL: database.url, GATEWAY_AUTH: '' }));

const list = (headers: Record<string, string>) => fetch(`${gateway.url}/tasks`, { headers });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

test.each([
  ['no key', {}],
  ['another scheme', { authorization: `Basic ${btoa('user:password')}` }],
  ['no key after the scheme', { authorization: 'Bearer ' }],
  ['a key without a scheme', { authorization: 'mrt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  ['two keys', { authorization: 'Bearer a, Bearer b' }],
  ['an unknown key', bearer('mrt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')],
  ['a malformed key', bearer("'or'1'='1")],
])('a request with %s is answered 401, with a challenge', async (_what, headers) => {
  const response = await list(headers as Record<string, string>);
  expect(response.headers.get('www-authenticate')).toStartWith('Bearer realm="millrace"');
  expect(await problemIn(response)).toMatchObject({ status: 401, code: 'unauthorized' });
});

test('without a key a body is not even read', async () => {
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
  const sent = fetch(`${gateway.url}/tasks`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect((await within('it is refused', 5_000, sent)).status).toBe(401);
});

test('the scheme is case-insensitive', async () => {
  const { key } = await makeKey(database.db);
  expect((await list({ authorization: `bearer  ${key}` })).status).toBe(200);
  expect((await list({ authorization: `BEARER ${key}` })).status).toBe(200);
});

describe('a revoked key', () => {
  test.concurrent('is refused within the documented seconds', async () => {
    const { id, headers } = await makeKey(database.db);
    expect((await list(headers)).status).toBe(200);
    await database.db.sql`update api_keys set revoked_at = now() where id = ${id}`;
    const refused = async () => (await list(headers)).status === 401;
    await eventually('it is refused', refused, { timeoutMs: REVOKED_WITHIN_MS });
  });

  test.concurrent('can no longer watch', async () => {
    const { id, headers } = await makeKey(database.db);
    const submitted = await fetch(`${gateway.url}/tasks`, {
      method: 'POST',
      headers,
      body: '{"prompt":"x"}',
    });
    const { id: taskId } = (await submitted.json()) as { id: string };
    const response = await fetch(`${gateway.url}/tasks/${taskId}/events`, { headers });
    const watching = response.text();
    await database.db.sql`update api_keys set revoked_at = now() where id = ${id}`;
    expect(await within('the stream ends', 25_000, watching)).toContain('event: snapshot');
  });
});

test('an expiring key is valid until then, and not for as long as it may be cached', async () => {
  const { id, headers } = await makeKey(database.db, { expires_in_days: 1 });
  await database.db.sql`update api_keys set expires_at = now() + interval '2 seconds' where id = ${id}`;
  expect((await list(headers)).status).toBe(200);
  const refused = async () => (await list(headers)).status === 401;
  await eventually('it is refused', refused, { timeoutMs: 3_500 });
});

test('no text column of any table holds a key that was used', async () => {
  const { key, headers } = await makeKey(database.db);
  const more = { ...headers, 'idempotency-key': 'dump' };
  expect(
    (await fetch(`${gateway.url}/tasks`, { method: 'POST', headers: more, body: '{"prompt":"x"}' })).status,
  ).toBe(202);
  const tables = await database.db.sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`;
  let texts = 0;
  for (const { name } of tables) {
    const rows = await database.db.sql.unsafe(`select t::text as text from ${name} as t`);
    for (const { text } of rows) expect(text).not.toContain(key.slice(4, 20));
    texts += rows.length;
  }
  expect(texts).toBeGreaterThan(3);
  expect(gateway.log()).not.toContain(key.slice(4, 20));
});

test('a flood of unknown keys costs Postgres a few statements, and valid keys nothing', async () => {
  await using flooded = await startGateway({ DATABASE_URL: database.url, GATEWAY_AUTH: 'keys' });
  const { headers } = await makeKey(database.db);
  const read = () => fetch(`${flooded.url}/models`, { headers });
  expect((await read()).status).toBe(200);
  const scansBefore = await scansOfKeys();
  const began = performance.now();
  const FLOOD = 3_000;
  let sent = 0;
  const flooding = Array.from({ length: 50 }, async () => {
    while (sent++ < FLOOD) {
      const key = `mrt_${crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true })}`;
      expect((await fetch(`${flooded.url}/models`, { headers: bearer(key) })).status).toBe(401);
    }
  });
  const served: number[] = [];
  const all = Promise.all(flooding).then(() => true);
  while (!(await Promise.race([all, Bun.sleep(20)]))) served.push((await read()).status);
  const seconds = (performance.now() - began) / 1_000;
  expect(new Set(served)).toEqual(new Set([200]));
  // Postgres updates its counters once a connection is closed.
  flooded.signal('SIGTERM');
  expect(await flooded.exited).toBe(0);
  const scans = await eventually('scans are counted', async () => {
    const more = (await scansOfKeys()) - scansBefore;
    return more > 0 ? more : null;
  });
  console.log(`${FLOOD} unknown keys in ${seconds.toFixed(1)} s: ${scans} lookups in the table`);
  expect(scans).toBeLessThanOrEqual(20 * seconds + 5);
});

test('verified callers stay in while Postgres is away; without a key nobody gets in', async () => {
  const { key } = await makeKey(database.db);
  const db = openPool(database.url);
  const verifier = new KeyVerifier({ db, logger: createLogger('access-test', 'error', 'stderr') });
  await db.close();
  await expect(verifier.verify(key)).rejects.toThrow();
  expect(await verifier.isStillGood(key)).toBe(true);
  expect(await verifier.isStillGood(null)).toBe(false);
});

/** Statements that looked up keys: by index or, while there are few keys, by sequential scan. */
async function scansOfKeys(): Promise<number> {
  const [row] = await database.db.sql<{ scans: number }[]>`
    select (seq_scan + coalesce(idx_scan, 0))::integer as scans from pg_stat_user_tables where relname = 'api_keys'`;
  return row!.scans;
}
