import { describe, expect, test } from 'bun:test';
import { setTimeout as delay } from 'node:timers/promises';
import { submit } from '@millrace/db';
import { freePort } from '@millrace/devstack';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase } from '../test-database.ts';
import { timed } from '../timed.ts';
import { eventually, within } from '../waiting.ts';
import { installBundle, startBridge } from './bundle-installation.ts';
import { INITIALIZED, initialize, legacy, listTasks } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { rawMessage, updatedIn } from './raw-client.ts';
import { change, run } from './tasks.ts';
import { lastAsked } from './watched-tasks.ts';

/** What the bundle's bridge does when things go wrong, driven line by line. */

const database = shared(createTestDatabase);
const bundle = shared(installBundle);
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

/** Long enough that a request finds nobody, and well within what the bridge tries. */
const AWAY_MS = 500;

const start = async (entered: { url?: string; token?: string }) => startBridge(await bundle.launch(entered));

test.concurrent('survives a restart of the server, idle or in use', async () => {
  const port = await freePort();
  const own = { DATABASE_URL: database.url, MCP_PORT: String(port) };
  await using first = await startMcpOverHttp(own);
  // A process may start for longer here than the bridge tries: this one runs already when it takes over the port.
  await using second = await startMcpOverHttp({ DATABASE_URL: database.url });
  await using bridge = await start({ url: first.url.href });
  await bridge.ask(initialize());
  bridge.send(INITIALIZED);
  const { id } = await submit(database.db, newTask());
  const uri = `task://${id}`;
  expect((await bridge.ask(legacy('resources/subscribe', { uri }))).error).toBeUndefined();
  const heard = () => updatedIn(bridge.messages).length;

  await first.stop();
  const asked = bridge.ask(listTasks());
  await delay(AWAY_MS);
  await using proxy = await startTcpProxy(second.url.href, port);
  expect((await asked).result.isError).toBeUndefined();

  await eventually(
    'the subscription goes on',
    async () => {
      await change(database.db, id);
      return heard() > 1;
    },
    { intervalMs: 200 },
  );
  expect(bridge.messages.filter(({ id: of }) => String(of).startsWith('millrace-bridge'))).toEqual([]);

  await proxy[Symbol.asyncDispose]();
  await second.stop();
  await using _third = await startMcpOverHttp(own);
  const before = heard();
  await eventually(
    'it is heard of without a question',
    async () => {
      await change(database.db, id);
      return heard() > before + 1;
    },
    { intervalMs: 200, timeoutMs: 15_000 },
  );
  const together = await Promise.all([bridge.ask(listTasks()), bridge.ask(listTasks())]);
  expect(together.map(({ error }) => error)).toEqual([undefined, undefined]);
}, 60_000);

test.concurrent('an answer cut off is an error that warns against repeating the call', async () => {
  const server = await startMcpOverHttp({ DATABASE_URL: database.url });
  const { id } = await submit(database.db, newTask());
  await using bridge = await start({ url: server.url.href });
  const params = { name: 'wait_for_task', arguments: { task_id: id }, _meta: {} };
  const waiting = rawMessage({ method: 'tools/call', params, progressToken: 'p' });
  const answer = bridge.ask(waiting);
  await eventually('the call waits', () =>
    bridge.messages.some(({ method }) => method === 'notifications/progress'),
  );
  server.kill();
  expect((await answer).error?.message).toMatch(/ended before the answer came.*may have been carried out/);
}, 60_000);

test.concurrent('an answer cut off before it begins is such an error, too', async () => {
  await using own = await createTestDatabase();
  const server = await startMcpOverHttp({ DATABASE_URL: own.url });
  const { id } = await submit(own.db, newTask());
  await using bridge = await start({ url: server.url.href });
  const before = await lastAsked(own.db);
  const params = { name: 'wait_for_task', arguments: { task_id: id } };
  const answer = bridge.ask(rawMessage({ method: 'tools/call', params }));
  await eventually('the call waits', async () => (await lastAsked(own.db)) !== before);
  server.kill();
  expect((await answer).error?.message).toMatch(/ended before the answer came.*may have been carried out/);
}, 60_000);

test.concurrent.each([
  [
    'where nobody listens',
    async () => `http://127.0.0.1:${await freePort()}/mcp`,
    /cannot be reached .*\(ECONNREFUSED\).*`bun run up`/,
  ],
  [
    'where something else listens',
    () => `${mcp.origin}/health`,
    /is not Millrace's MCP\. Correct the address/,
  ],
  ['of an unknown path', () => `${mcp.origin}/mcpp`, /answers HTTP 404 and is not Millrace's MCP/],
])(
  'an address %s is reported, with the remedy',
  async (_what, url, message) => {
    await using bridge = await start({ url: await url() });
    const [first, second] = await Promise.all([
      bridge.ask(initialize()),
      bridge.ask(rawMessage({ method: 'server/discover' })),
    ]);
    expect(first.error?.message).toMatch(message);
    expect(second.error?.message).toMatch(message);
  },
  60_000,
);

test.concurrent.each([
  [{ url: 'localhost:3333' }, /address in the settings is not an http/],
  [{ url: 'https://millrace.example.com/mcp', token: 'a b' }, /API key in the settings has characters/],
  [{ url: 'http://millrace.example.com/mcp', token: 'secret-token' }, /use https:\/\/ in the settings/],
])('refuses %j with an explanation', async (entered, message) => {
  await using bridge = await start(entered);
  expect(await within('the bridge exits', 10_000, bridge.child.exited)).toBe(1);
  const log = await new Response(bridge.child.stderr).text();
  expect(log).toMatch(message);
  expect(log).not.toContain('secret-token');
  expect(log).not.toMatch(/\bat .*:\d+:\d+/);
});

describe('exits within a second', () => {
  const waitForever = async () => {
    const { id } = await submit(database.db, newTask());
    return rawMessage({
      method: 'tools/call',
      params: { name: 'wait_for_task', arguments: { task_id: id } },
      progressToken: 'p',
    });
  };

  test('answers what was asked before the end of standard input', async () => {
    await using bridge = await start({ url: mcp.url.href });
    const ask = rawMessage({ method: 'tools/list' });
    bridge.write(`not JSON\n[]\n${JSON.stringify(ask)}`);
    await bridge.child.stdin.end();
    expect(await within('the bridge exits', 10_000, bridge.child.exited)).toBe(0);
    await bridge.reading;
    expect(bridge.messages.map(({ id, error }) => [id, error?.code])).toEqual([
      [null, -32700],
      [null, -32600],
      [ask.id, undefined],
    ] as never);
  });

  test.each(['stdin', 'SIGTERM'] as const)('by %s, whatever is open', async (how) => {
    await using bridge = await start({ url: mcp.url.href });
    await bridge.ask(initialize());
    bridge.send(INITIALIZED);
    bridge.send(await waitForever());
    bridge.send(
      rawMessage({
        method: 'subscriptions/listen',
        params: { notifications: { resourceSubscriptions: ['tasks://recent'] } },
      }),
    );
    const came = (method: string) => bridge.messages.some((message) => message.method === method);
    await eventually(
      'both are open',
      () => came('notifications/progress') && came('notifications/subscriptions/acknowledged'),
    );
    const { value, tookMs, stallMs } = await timed(async () => {
      if (how === 'stdin') await bridge.child.stdin.end();
      else bridge.child.kill('SIGTERM');
      return within('the bridge exits', 10_000, bridge.child.exited);
    });
    expect(value).toBe(0);
    expect(tookMs).toBeLessThan(1_000 + stallMs);
  });
});

/** How long the bridge takes to exit after the end of standard input, following a cancelled request. */
async function endMsAfterCancellation(era: string): Promise<number> {
  await using bridge = await start({ url: mcp.url.href });
  await bridge.ask(initialize());
  bridge.send(INITIALIZED);
  const { id: task_id } = await submit(database.db, newTask());
  const waitWith = (progressToken: string) => {
    const params = { name: 'wait_for_task', arguments: { task_id } };
    return era === 'modern'
      ? rawMessage({ method: 'tools/call', params, progressToken })
      : legacy('tools/call', { ...params, _meta: { progressToken } });
  };
  const waits = (token: string) =>
    eventually(`${token} waits`, () => bridge.messages.some(({ params }) => params?.progressToken === token));
  const [cancelled, kept] = [waitWith('cancelled'), waitWith('kept')];
  bridge.send(cancelled);
  await waits('cancelled');
  bridge.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: cancelled.id } });
  const answered = bridge.ask(kept);
  await waits('kept');
  await run(database.db, task_id, '2');
  expect((await answered).result.structuredContent.ended).toBe(true);
  await bridge.ask(listTasks());
  expect(bridge.messages.find(({ id }) => id === cancelled.id)).toBeUndefined();
  const began = performance.now();
  await bridge.child.stdin.end();
  await bridge.child.exited;
  return performance.now() - began;
}

test.each(['modern', 'legacy'])(
  'a cancelled %s request is abandoned, and the rest goes on',
  async (era) => {
    let fastest = Number.POSITIVE_INFINITY;
    // The machine may stall for a while; the bridge would wait half a second for an answer every time.
    for (let tries = 0; tries < 3 && fastest >= 450; tries++) {
      fastest = Math.min(fastest, await endMsAfterCancellation(era));
    }
    expect(fastest).toBeLessThan(450);
  },
  60_000,
);
