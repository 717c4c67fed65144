import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { openAccess } from '@millrace/access';
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

async function open(): Promise<{ 'mcp-session-id': string }> {
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const body = { jsonrpc: '2.0', id: 0, method: 'initialize', params };
  const response = await sessions.open(request('POST'), body, ACCESS, () => true);
  await response.text();
  return { 'mcp-session-id': response.headers.get('mcp-session-id')! };
}

async function ping(headers: { 'mcp-session-id': string }): Promise<number> {
  const body = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const response = await sessions.handle(request('POST', headers), body, ACCESS);
  await response.text();
  return response.status;
}

test('a session is ended an hour after its client was last there, which it is for as long as it hears', async () => {
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
