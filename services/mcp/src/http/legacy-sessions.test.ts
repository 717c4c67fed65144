import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { accessOf, openAccess } from '@millrace/access';
import { Server } from '@modelcontextprotocol/server';
import { Rechecks } from '../access/rechecks.ts';
import { LegacySessions } from './legacy-sessions.ts';

const ACCESS = openAccess('test');
const ACCEPT = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
const MINUTE_MS = 60_000;

let sessions: LegacySessions;
/** `tools/list` is answered once it has resolved. */
let inProgress: PromiseWithResolvers<void>;
beforeEach(() => {
  jest.useFakeTimers();
  inProgress = Promise.withResolvers();
  const createServer = () => {
    const server = new Server({ name: 'test', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', async () => {
      await inProgress.promise;
      return { tools: [] };
    });
    return server;
  };
  sessions = new LegacySessions(createServer, new Rechecks());
});
afterEach(async () => {
  await sessions.close();
  jest.useRealTimers();
});

function request(method: 'GET' | 'POST' | 'DELETE', headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/mcp', { method, headers: { ...ACCEPT, ...headers } });
}

const TASK = 'task://019a7f00-0000-7000-8000-00000000abcd';
const accessFor = (owner: string) =>
  accessOf(owner, { scopes: ['tasks:read'], owner, rate_limit: null, max_open_tasks: null });

async function open(access = ACCESS, stillAllowed = () => true): Promise<{ 'mcp-session-id': string }> {
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
  const response = await sessions.open(request('POST'), body, access, stillAllowed);
  await response.text();
  return { 'mcp-session-id': response.headers.get('mcp-session-id')! };
}

async function ask(
  headers: { 'mcp-session-id': string },
  message: { method: string; id?: number; params?: object },
  access = ACCESS,
): Promise<number> {
  const body = { jsonrpc: '2.0', id: 1, ...message };
  const response = await sessions.handle(request('POST', headers), body, access);
  await response.text();
  return response.status;
}

async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

const ping = (headers: { 'mcp-session-id': string }, access = ACCESS) =>
  ask(headers, { method: 'ping' }, access);

test('a session ends an hour after its client last called or listened', async () => {
  const [quiet, hears] = [await open(), await open()];
  const replaced = await sessions.handle(request('GET', hears), undefined, ACCESS);
  const stream = await sessions.handle(request('GET', hears), undefined, ACCESS);
  await replaced.text();
  jest.advanceTimersByTime(90 * MINUTE_MS);
  expect([await ping(quiet), await ping(hears)]).toEqual([404, 200]);
  jest.advanceTimersByTime(90 * MINUTE_MS);
  await stream.body!.cancel();
  jest.advanceTimersByTime(59 * MINUTE_MS);
  expect(await ping(hears)).toBe(200);
  jest.advanceTimersByTime(62 * MINUTE_MS);
  expect(await ping(hears)).toBe(404);
});

test('room for an owner is made by ending its unused sessions that may watch tasks, longest unused first', async () => {
  const [ada, bob] = [accessFor('ada'), accessFor('bob')];
  const opened = async (access: typeof ada, uri: string) => {
    const session = await open(access);
    await ask(session, { method: 'resources/subscribe', params: { uri } }, access);
    return session;
  };
  const [away, overview] = [await opened(ada, TASK), await opened(ada, 'tasks://stats')];
  await ping(away, ada);
  const hears = await opened(ada, TASK);
  const stream = await sessions.handle(request('GET', hears), undefined, ada);
  const others = await opened(bob, TASK);
  jest.advanceTimersByTime(MINUTE_MS);
  const later = await opened(ada, TASK);
  const makeRoom = (owner: string) => sessions.endUnused(owner, false);
  expect([makeRoom('cid'), makeRoom('ada')]).toEqual([false, true]);
  expect([await ping(away, ada), await ping(later, ada)]).toEqual([404, 200]);
  expect([makeRoom('ada'), makeRoom('ada')]).toEqual([true, false]);
  expect([await ping(others, bob), await ping(overview, ada)]).toEqual([200, 200]);
  await stream.body!.cancel();
  const call = ask(hears, { method: 'tools/list' }, ada);
  await pass(0);
  expect(makeRoom('ada')).toBe(false);
  inProgress.resolve();
  await call;
  expect(makeRoom('ada')).toBe(true);
});

test('where all places are taken, room is made by ending sessions of others too, once unused for a minute', async () => {
  const [ada, bob] = [accessFor('ada'), accessFor('bob')];
  const subscribed = async (access: typeof ada) => {
    const session = await open(access);
    await ask(session, { method: 'resources/subscribe', params: { uri: TASK } }, access);
    return session;
  };
  const [away, hears] = [await subscribed(ada), await subscribed(bob)];
  const stream = await sessions.handle(request('GET', hears), undefined, bob);
  jest.advanceTimersByTime(MINUTE_MS);
  expect(sessions.endUnused('cid', true)).toBe(false);
  jest.advanceTimersByTime(1);
  expect([sessions.endUnused('cid', false), sessions.endUnused('cid', true)]).toEqual([false, true]);
  expect([await ping(away, ada), await ping(hears, bob)]).toEqual([404, 200]);
  await stream.body!.cancel();
  expect(sessions.endUnused('cid', true)).toBe(false);
});

test('beyond a thousand, whoever has most loses the one unused for longest', async () => {
  const [ada, bob] = [accessFor('ada'), accessFor('bob')];
  const own = await open(bob);
  const [first, second] = [await open(ada), await open(ada)];
  jest.advanceTimersByTime(1);
  for (let others = 0; others < 997; others++) await open(ada);
  expect(await ping(first, ada)).toBe(200);
  await open(ada);
  const left = [await ping(first, ada), await ping(second, ada), await ping(own, bob)];
  expect(left).toEqual([200, 404, 200]);
});

test('a session belongs to the client that opened it, as long as that may do the same', async () => {
  const [ada, bob] = [accessFor('ada'), accessFor('bob')];
  const session = await open(ada);
  const reduced = { ...ada, scopes: [] };
  expect([await ping(session, bob), await ping(session, reduced), await ping(session, ada)]).toEqual([
    404, 404, 200,
  ]);
});

test('a session ends once its key is refused and its calls are answered; one that has ended is not checked any more', async () => {
  let checks = 0;
  let isAllowed = true;
  const stillAllowed = () => {
    checks++;
    return isAllowed;
  };
  const ended = await open(ACCESS, stillAllowed);
  await sessions.handle(request('DELETE', ended), undefined, ACCESS);
  expect(await ping(ended)).toBe(404);
  const session = await open(ACCESS, stillAllowed);
  const stream = await sessions.handle(request('GET', session), undefined, ACCESS);
  await pass(10_000);
  expect([checks, await ping(session)]).toEqual([1, 200]);
  isAllowed = false;
  const call = ask(session, { method: 'tools/list', id: 2 });
  await pass(10_000);
  expect(await stream.text()).toStartWith(': open\n\n');
  inProgress.resolve();
  expect(await call).toBe(200);
  await pass(10_000);
  expect(await ping(session)).toBe(404);
  await pass(60_000);
  expect(checks).toBe(3);
});

test('closing ends every stream', async () => {
  const stream = await sessions.handle(request('GET', await open()), undefined, ACCESS);
  await sessions.close();
  expect(await stream.text()).toBe(': open\n\n');
});
