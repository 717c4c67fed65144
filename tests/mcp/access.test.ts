import { describe, expect, test } from 'bun:test';
import { getTask, hashApiKey, revokeApiKeys, submit, UNRESTRICTED } from '@millrace/db';
import { makeKey } from '../access/make-key.ts';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { call, connectOverHttp } from './connect.ts';
import { legacy, legacyPost, openSession } from './legacy-client.ts';
import { MCP_MAIN, startMcpOverHttp } from './mcp-process.ts';
import { rawPost } from './raw-client.ts';

const READER = 'reader-token-of-the-environment-0123456789';
const WRITER = 'writer-token-of-the-environment-0123456789';

const database = shared(createTestDatabase);
const mcp = shared(() =>
  startMcpOverHttp({
    DATABASE_URL: database.url,
    MCP_AUTH: 'token',
    MCP_TOKENS: `desk=${READER};scopes=tasks:read+admin, ci=sha256:${hashApiKey(WRITER)};scopes=tasks:read+tasks:write`,
  }),
);

const listTools = (headers: Record<string, string>) => rawPost(mcp.url, { method: 'tools/list' }, headers);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a request', () => {
  test.each([
    ['no token', {}],
    ['another scheme', { authorization: `Basic ${btoa('user:password')}` }],
    ['no token after the scheme', { authorization: 'Bearer ' }],
    ['an unknown token', bearer('mrt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')],
    ['a token followed by more text', bearer(`${READER} x`)],
    ['the hash of a token', bearer(`sha256:${hashApiKey(READER)}`)],
    ['an SQL injection', bearer("'or'1'='1")],
  ])('with %s is answered 401, with a challenge', async (_what, headers) => {
    const response = await listTools(headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toStartWith('Bearer realm="millrace"');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
    expect(text).not.toContain(READER);
  });

  test.each(['GET', 'DELETE', 'PUT'])('by %s needs a token like any other', async (method) => {
    expect((await fetch(mcp.url, { method, headers: { 'mcp-session-id': 'x' } })).status).toBe(401);
  });

  test('with a valid token is answered', async () => {
    expect((await listTools(bearer(READER))).status).toBe(200);
    expect((await listTools({ authorization: `bearer ${WRITER}` })).status).toBe(200);
  });

  test('for health needs none', async () => {
    expect((await fetch(`${mcp.origin}/health/ready`)).status).toBe(200);
  });
});

describe.each(['modern', 'legacy'] as const)('scopes, %s era', (era) => {
  test('a read-only token sees no writing tools, and cannot write', async () => {
    await using client = await connectOverHttp(mcp.url, era, READER);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).not.toContain('cancel_task');
    const { id } = await submit(database.db, newTask());
    expect((await call(client, 'get_task_status', { task_id: id })).isError).toBe(false);
    await expect(call(client, 'cancel_task', { task_id: id })).rejects.toThrow(
      /Tool cancel_task needs the scope tasks:write, which this client does not have/,
    );
    expect((await getTask(database.db, UNRESTRICTED, id))?.status).toBe('PENDING');
  });

  test('a token with write scope submits', async () => {
    await using client = await connectOverHttp(mcp.url, era, WRITER);
    const { structured } = await call(client, 'submit_task', { prompt: 'calculate 1+1' });
    expect((await getTask(database.db, UNRESTRICTED, structured.task_id))?.status).toBe('PENDING');
  });
});

describe('tokens in Postgres', () => {
  test('are recognised by their hashes, with their scopes', async () => {
    const { key: token } = await makeKey(database.db);
    await using client = await connectOverHttp(mcp.url, 'modern', token);
    expect((await client.listTools()).tools).toHaveLength(11);
  });

  test('without read scope are answered 403', async () => {
    const { key: token } = await makeKey(database.db, { scopes: ['tasks:write'] });
    const response = await listTools(bearer(token));
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(response.headers.get('www-authenticate')).toContain('scope="tasks:read"');
  });

  test('are forgotten within seconds of revocation', async () => {
    const { id, key: token } = await makeKey(database.db);
    expect((await listTools(bearer(token))).status).toBe(200);
    await revokeApiKeys(database.db, id);
    await eventually('it is refused', async () => (await listTools(bearer(token))).status === 401);
  }, 15_000);

  test('that have expired are unknown', async () => {
    const { id, key: token } = await makeKey(database.db, { expires_in_days: 1 });
    await database.db.sql`update api_keys set expires_at = now() - interval '1 second' where id = ${id}`;
    expect((await listTools(bearer(token))).status).toBe(401);
  });
});

describe('a session', () => {
  const open = (token: string) => openSession(mcp.url, bearer(token));
  const statusOf = async (headers: Record<string, string>) =>
    (await legacyPost(mcp.url, legacy('tools/list'), headers)).status;

  test('is useless with another token', async () => {
    const session = await open(WRITER);
    expect(await statusOf(session)).toBe(200);
    expect(await statusOf({ ...session, ...bearer(READER) })).toBe(404);
  });
});

/** Starts the service in a way it must refuse. */
async function refusalOf(env: Record<string, string>): Promise<string> {
  const child = Bun.spawn([process.execPath, MCP_MAIN], {
    env: { ...process.env, DATABASE_URL: database.url, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  expect(code).toBe(78);
  return output;
}

describe('refuses to start', () => {
  test.each(['0.0.0.0', '::', '192.168.1.10', 'mcp.example.com'])('open to %s', async (host) => {
    const reason = await refusalOf({ MCP_AUTH: 'off', MCP_HOST: host });
    expect(reason).toContain(`MCP_AUTH: off opens every task to anyone who can reach ${host}; set token`);
  });

  test('with a guessable token, without echoing it', async () => {
    const reason = await refusalOf({ MCP_TOKENS: 'desk=hunter2' });
    expect(reason).toContain('MCP_TOKENS: the token of \\"desk\\" must be 32 to 512');
    expect(reason).not.toContain('hunter2');
  });
});
