import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { accessOf, openAccess } from '@millrace/access';
import { Server } from '@modelcontextprotocol/server';
import { Rechecks } from '../access/rechecks.ts';
import { LegacySessions } from './legacy-sessions.ts';

const ACCESS = openAccess('test');
const ACCEPT = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
const MINUTE_MS = 60_000;

let sessions: LegacySessions;
beforeEach(() => {
  jest.useFakeTimers();
  const createServer = () => new Server({ name: 'test', version: '1' }, { capabilities: {} });
  sessions = new LegacySessions(createServer, new Rechecks());
});
afterEach(async () => {
  await sessions.close();
  jest.useRealTimers();
});

function request(method: 'GET' | 'POST', headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/mcp', { method, headers: { ...ACCEPT, ...headers } });
}

const TASK = 'task://019a7f00-0000-7000-8000-00000000abcd';
const accessFor = (owner: string) =>
  accessOf(owner, { scopes: ['tasks:read'], owner, rate_limit: null, max_open_tasks: null });

async function open(access = ACCESS): Promise<{ 'mcp-session-id': string }> {
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
  const response = await sessions.open(request('POST'), body, access, () => true);
  await response.text();
  return { 'mcp-session-id': response.headers.get('mcp-session-id')! };
}

async function ask(
  headers: { 'mcp-session-id': string },
  message: { method: string; params?: object },
  access = ACCESS,
): Promise<number> {
  const body = { jsonrpc: '2.0', id: 1, ...message };
  const response = await sessions.handle(request('POST', headers), body, access);
  await response.text();
  return response.status;
}

const ping = (headers: { 'mcp-session-id': string }, access = ACCESS) =>
  ask(headers, { method: 'ping' }, access);

test('a session ends an hour after its client last called or listened', async () => {
  const [quiet, hears] = [await open(), await open()];
  const stream = await sessions.handle(request('GET', hears), undefined, ACCESS);
  jest.advanceTimersByTime(90 * MINUTE_MS);
  expect([await ping(quiet), await ping(hears)]).toEqual([404, 200]);
  jest.advanceTimersByTime(90 * MINUTE_MS);
  await stream.body!.cancel();
  jest.advanceTimersByTime(59 * MINUTE_MS);
  expect(await ping(hears)).toBe(200);
  jest.advanceTimersByTime(62 * MINUTE_MS);
  expect(await ping(hears)).toBe(404);
});

test("room for an owner is made by ending its own sessions, or others' only if long unused", async () => {
  const [ada, bob] = [accessFor('ada'), accessFor('bob')];
  const opened = async (access: typeof ada, uri: string) => {
    const session = await open(access);
    await ask(session, { method: 'resources/subscribe', params: { uri } }, access);
    return session;
  };
  const [away, overview] = [await opened(ada, TASK), await opened(ada, 'tasks://stats')];
  jest.advanceTimersByTime(4 * MINUTE_MS);
  const own = await opened(bob, TASK);
  expect([sessions.endUnused('cid', true), sessions.endUnused('cid', false)]).toEqual([false, false]);
  jest.advanceTimersByTime(MINUTE_MS);
  expect([sessions.endUnused('cid', false), sessions.endUnused('cid', true)]).toEqual([false, true]);
  expect([sessions.endUnused('bob', false), sessions.endUnused('bob', true)]).toEqual([true, false]);
  expect([await ping(away, ada), await ping(own, bob), await ping(overview, ada)]).toEqual([404, 404, 200]);
});
