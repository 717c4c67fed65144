import { describe, expect, test } from 'bun:test';
import { request as nodeRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { within } from '../waiting.ts';
import { connectOverHttp } from './connect.ts';
import { JSON_HEADERS, openSession } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { rawPost } from './raw-client.ts';

const database = shared(createTestDatabase);
const mcp = shared(() =>
  startMcpOverHttp({
    DATABASE_URL: database.url,
    MCP_ALLOWED_HOSTS: 'mcp.example.com, Millrace',
    MCP_ALLOWED_ORIGINS: 'https://app.example.com',
  }),
);

const LIST_TOOLS = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(mcp.url, { method: 'POST', headers: { ...JSON_HEADERS, ...headers }, body });
}

/** fetch sets Host itself; this one allows any. */
function postAs(host: string, url = mcp.url): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = nodeRequest(url, { method: 'POST', headers: { ...JSON_HEADERS, host } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(LIST_TOOLS);
  });
}

test.each([
  ['malformed JSON', '{"jsonrpc":', {}, 400, -32700],
  ['bytes that are no UTF-8', '\u0000\ufffe', {}, 400, -32700],
  ['no body', '', {}, 400, -32700],
  ['not JSON-RPC', '{"hello":1}', {}, 400, -32600],
  ['another content type', LIST_TOOLS, { 'content-type': 'text/plain' }, 415, -32000],
  ['an Accept that is too narrow', LIST_TOOLS, { accept: 'text/html' }, 406, -32000],
  ['a body that is too large', `"${'x'.repeat(1024 * 1024)}"`, {}, 413, -32000],
  ['a body of 10 MB', `"${'x'.repeat(10 * 1024 * 1024)}"`, {}, 413, -32000],
  ['an unknown revision', LIST_TOOLS, { 'mcp-protocol-version': '1999-01-01' }, 400, -32000],
])('%s gets a JSON-RPC error', async (_what, body, headers, status, code) => {
  const response = await post(body, headers as Record<string, string>);
  expect(response.status).toBe(status);
  const answer = await response.json();
  expect(answer).toMatchObject({ jsonrpc: '2.0', error: { code, message: expect.any(String) }, id: null });
  expect(JSON.stringify(answer)).not.toContain('.ts:');
});

test('a body of 10 MB of undeclared length is cut off', async () => {
  const piece = new Uint8Array(64 * 1024).fill(0x20);
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += piece.length;
      if (sent > 10 * 1024 * 1024) controller.close();
      else controller.enqueue(piece);
    },
  });
  const response = await fetch(mcp.url, { method: 'POST', headers: JSON_HEADERS, body });
  expect(response.status).toBe(413);
  expect((await post(LIST_TOOLS)).status).toBe(200);
});

test('the rest of a body that is refused is not waited for', async () => {
  const socket = connect(Number(mcp.url.port), mcp.url.hostname);
  const headers = ['host: localhost', 'content-type: application/json', 'content-length: 2000000'];
  socket.write(`POST /mcp HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n[`);
  expect(await within('the connection ends', 10_000, text(socket))).toStartWith('HTTP/1.1 413 ');
});

test.each(['GET', 'DELETE', 'PUT'])('%s outside a session is not allowed', async (method) => {
  const response = await fetch(mcp.url, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

test('an unknown method gets -32601', async () => {
  const response = await post(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tasks/explode' }));
  expect(await response.text()).toContain('"code":-32601');
});

describe('cross-origin requests', () => {
  test.each([
    ['localhost:1', 200],
    ['127.0.0.1', 200],
    ['[::1]:3333', 200],
    ['mcp.example.com', 200],
    ['millrace:3333', 200],
    ['evil.example.com', 403],
    ['mcp.example.com.evil.example.com', 403],
    ['169.254.169.254', 403],
  ])('Host %s: %d', async (host, status) => {
    expect(await postAs(host)).toBe(status);
  });

  test('the address that it listens on is one of its names', async () => {
    const env = { DATABASE_URL: database.url, MCP_HOST: '0.0.0.0', MCP_AUTH: 'token' };
    await using own = await startMcpOverHttp(env);
    // Let in as far as to need a key.
    expect([await postAs('0.0.0.0:3333', own.url), await postAs('0.0.0.1', own.url)]).toEqual([401, 403]);
  }, 60_000);

  test.each([
    ['http://localhost:5173', 200],
    ['https://app.example.com', 200],
    ['http://app.example.com', 403],
    ['https://evil.example.com', 403],
    ['null', 403],
  ])('Origin %s: %d', async (origin, status) => {
    const response = await post(LIST_TOOLS, { origin });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(status === 200 ? origin : null);
    if (status === 403) expect(await response.text()).toContain('MCP_ALLOWED_ORIGINS');
    // Without it, a page could not read the id of its session.
    else expect(response.headers.get('access-control-expose-headers')).toContain('mcp-session-id');
  });

  test('a preflight is answered for an allowed origin only', async () => {
    const preflight = (origin: string) =>
      fetch(mcp.url, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,mcp-method',
        },
      });
    const allowed = await preflight('https://app.example.com');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-methods')).toBe('POST, GET, DELETE');
    expect(allowed.headers.get('access-control-allow-headers')).toBe('content-type,mcp-method');
    expect((await preflight('https://evil.example.com')).status).toBe(403);
  });
});

test('health is open to probes, whatever host they name', async () => {
  const ready = await fetch(`${mcp.origin}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { status: 'ready', dependencies: { postgres: { status: 'up', required: true } } },
  ]);
  const alive = await fetch(`${mcp.origin}/health`, { headers: { host: '10.0.0.7:3333' } });
  expect(await alive.json()).toEqual({ status: 'alive' });
  expect((await fetch(`${mcp.origin}/`)).status).toBe(404);
});

describe('sessions of the earlier revisions', () => {
  const open = () => openSession(mcp.url);

  test('are opened by initialize and ended by DELETE', async () => {
    const session = await open();
    expect((await post(LIST_TOOLS, session)).status).toBe(200);
    const ended = await fetch(mcp.url, { method: 'DELETE', headers: session });
    expect(ended.status).toBe(200);
    expect((await post(LIST_TOOLS, session)).status).toBe(404);
  });

  test.each(['no-such-session', '../../etc/passwd', "' or 1=1"])('do not include %s', async (id) => {
    const response = await post(LIST_TOOLS, { 'mcp-session-id': id });
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('initialize')]);
  });

  test('have one stream each for server messages, the newest', async () => {
    const headers = { ...(await open()), accept: 'text/event-stream' };
    const stream = await fetch(mcp.url, { headers });
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const newest = await fetch(mcp.url, { headers });
    expect([newest.status, await stream.text()]).toEqual([200, ': open\n\n']);
    await newest.body?.cancel();
  });
});

test('exits within a second of SIGTERM, even with open streams', async () => {
  await using own = await startMcpOverHttp({ DATABASE_URL: database.url });
  const modern = await connectOverHttp(own.url, 'modern');
  const legacy = await connectOverHttp(own.url, 'legacy');
  await legacy.subscribeResource({ uri: 'tasks://stats' });
  const notifications = { resourceSubscriptions: ['tasks://recent'] };
  const listening = await rawPost(own.url, { method: 'subscriptions/listen', params: { notifications } });
  expect(listening.headers.get('content-type')).toContain('text/event-stream');
  const { value: code, tookMs, stallMs } = await own.stop();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(1_000 + stallMs);
  await listening.body?.cancel();
  await Promise.all([modern.close(), legacy.close()]);
}, 60_000);
