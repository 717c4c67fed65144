import { expect, test } from 'bun:test';
import { submit } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { Authority, withoutOpenssl } from '../production/certificates.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { installBundle, startBridge } from './bundle-installation.ts';
import { INITIALIZED, initialize, legacy, listTasks } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { updatedIn } from './raw-client.ts';
import { change } from './tasks.ts';

/** What the bundle's bridge does when something between it and the server answers instead. */

const database = shared(createTestDatabase);
const bundle = shared(installBundle);
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

type Answer = (request: Request, body: string) => Response | undefined;

/** Forwards to the server whatever `answer` does not answer. */
function startProxy(answer: Answer, tls?: Bun.TLSOptions) {
  const sessions: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    ...(tls && { tls }),
    async fetch(request) {
      const body = await request.text();
      const { method, headers, signal } = request;
      headers.delete('host');
      const init = { method, headers, signal, ...(body && { body }) };
      const response = answer(request, body) ?? (await fetch(mcp.url, init));
      const session = response.headers.get('mcp-session-id');
      if (session && sessions.at(-1) !== session) sessions.push(session);
      return response;
    },
  });
  return {
    url: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${server.port}/mcp`,
    /** Ids, in the order in which they were opened. */
    sessions,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** Bun sends no headers before the first bytes of a body. */
const silence = () => new Response(new ReadableStream());

/** Opens a session of an earlier revision that is subscribed to a task. */
async function subscribe(url: string) {
  const bridge = startBridge(await bundle.launch({ url }));
  await bridge.ask(initialize());
  bridge.send(INITIALIZED);
  const { id } = await submit(database.db, newTask());
  await bridge.ask(legacy('resources/subscribe', { uri: `task://${id}` }));
  const heard = () => updatedIn(bridge.messages).length;
  const untilHeard = async (count: number) =>
    eventually(
      'a change is heard of',
      async () => {
        await change(database.db, id);
        return heard() >= count;
      },
      { intervalMs: 500, timeoutMs: 25_000 },
    );
  return { bridge, heard, untilHeard };
}

test.concurrent.each([
  [409, 'GET', ''],
  [429, 'GET', ''],
  [502, 'GET', ''],
  [503, 'GET', ''],
  [429, 'POST', 'notifications/initialized'],
])(
  'changes still arrive after an answer %d to a %s %s',
  async (status, of, saying) => {
    let refused = 0;
    await using proxy = startProxy(({ method }, body) =>
      method === of && body.includes(saying) && refused++ === 0
        ? new Response('later', { status })
        : undefined,
    );
    const { bridge, untilHeard } = await subscribe(proxy.url);
    await using _bridge = bridge;
    await untilHeard(1);
  },
  30_000,
);

test.concurrent('after a cut stream, everything subscribed is reported as possibly changed', async () => {
  const cuts: (() => void)[] = [];
  await using proxy = startProxy(({ method }) => {
    if (method !== 'GET' || cuts.length > 0) return undefined;
    const cut = new AbortController();
    cuts.push(() => cut.abort());
    return new Response(
      // The server is not told, as when a network goes away.
      new ReadableStream({
        start: (controller) => cut.signal.addEventListener('abort', () => controller.close()),
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    );
  });
  const { bridge, heard } = await subscribe(proxy.url);
  await using _bridge = bridge;
  const before = heard();
  (await eventually('it listens', () => cuts[0]))();
  await eventually('the client is notified', () => heard() > before);
}, 30_000);

test.concurrent('changes still arrive after the stream was asked for over a connection that has gone silent', async () => {
  let silenced = 0;
  await using proxy = startProxy(({ method }) =>
    method === 'GET' && silenced++ === 0 ? silence() : undefined,
  );
  const { bridge, untilHeard } = await subscribe(proxy.url);
  await using _bridge = bridge;
  await untilHeard(1);
}, 30_000);

test.concurrent('a session that cannot be reopened at once is retried, with its subscriptions', async () => {
  const troubles = ['"initialize"', '"resources/subscribe"'];
  await using proxy = startProxy((_request, body) => {
    if (!body.includes('millrace-bridge-') || !troubles[0] || !body.includes(troubles[0])) return undefined;
    troubles.shift();
    return new Response('later', { status: 503 });
  });
  const { bridge, heard, untilHeard } = await subscribe(proxy.url);
  await using _bridge = bridge;
  await untilHeard(1);
  const before = heard();
  await fetch(mcp.url, { method: 'DELETE', headers: { 'mcp-session-id': proxy.sessions[0]! } });
  await eventually('both requests have failed once', () => troubles.length === 0, { timeoutMs: 20_000 });
  // The first one is sent because nobody knows what has changed.
  await untilHeard(before + 2);
}, 60_000);

test.concurrent.each([
  ['a notification', '"notifications/cancelled"'],
  ['reopening a session', 'millrace-bridge-'],
])(
  'what follows %s does not wait for a connection that has gone silent',
  async (_what, saying) => {
    let silenced = 0;
    await using proxy = startProxy((_request, body) =>
      body.includes(saying) && silenced++ === 0 ? silence() : undefined,
    );
    const { bridge } = await subscribe(proxy.url);
    await using _bridge = bridge;
    await fetch(mcp.url, { method: 'DELETE', headers: { 'mcp-session-id': proxy.sessions[0]! } });
    bridge.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 0 } });
    await eventually('one is silent', () => silenced > 0);
    expect((await bridge.ask(listTasks())).result.isError).toBeUndefined();
  },
  30_000,
);

test.concurrent('a stream that ends without the answer is an answer lost', async () => {
  const progress = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: {} });
  const headers = { 'content-type': 'text/event-stream' };
  await using proxy = startProxy(() => new Response(`data: ${progress}\n\n`, { headers }));
  await using bridge = startBridge(await bundle.launch({ url: proxy.url }));
  expect((await bridge.ask(initialize())).error?.message).toMatch(/ended before the answer came/);
}, 30_000);

test.concurrent('a redirect is not followed', async () => {
  let redirected = 0;
  await using other = startProxy(() => {
    redirected++;
    return undefined;
  });
  await using proxy = startProxy(() => Response.redirect(other.url, 307));
  await using bridge = startBridge(await bundle.launch({ url: proxy.url, token: 'secret' }));
  const { error } = await bridge.ask(initialize());
  expect(error?.message).toMatch(/answers HTTP 307 and is not Millrace's MCP/);
  expect(redirected).toBe(0);
}, 30_000);

test.concurrent('the session ends with the bridge', async () => {
  const methods: string[] = [];
  await using proxy = startProxy(({ method }) => {
    methods.push(method);
    return undefined;
  });
  await using bridge = startBridge(await bundle.launch({ url: proxy.url }));
  await bridge.ask(initialize());
  await bridge.child.stdin.end();
  await bridge.child.exited;
  expect(methods).toEqual(['POST', 'DELETE']);
}, 30_000);

test.concurrent('a proxy that does not reach the server is distinguished from a wrong address', async () => {
  await using proxy = startProxy(() => new Response('<h1>502 Bad Gateway</h1>', { status: 502 }));
  await using bridge = startBridge(await bundle.launch({ url: proxy.url }));
  await bridge.ask(initialize());
  const { error } = await bridge.ask(listTasks());
  expect(error?.message).toMatch(/answers HTTP 502: .*try again/);
}, 30_000);

test.concurrent.skipIf(withoutOpenssl !== undefined)(
  'a certificate of an unknown authority is distinguished from a server that is down, and can be trusted',
  async () => {
    await using authority = await Authority.create();
    const { cert, key } = await authority.issue('proxy', { names: 'DNS:localhost' });
    await using proxy = startProxy(() => undefined, { cert: Bun.file(cert), key: Bun.file(key) });
    const launch = await bundle.launch({ url: proxy.url });
    await using refusing = startBridge(launch);
    const { error } = await refusing.ask(initialize());
    expect(error?.message).toMatch(/^The certificate of localhost:\d+ is not trusted .*NODE_EXTRA_CA_CERTS/);
    const env = { ...launch.env, NODE_EXTRA_CA_CERTS: authority.ca };
    await using trusting = startBridge({ ...launch, env });
    expect((await trusting.ask(initialize())).result.serverInfo.name).toBe('millrace');
  },
  30_000,
);
