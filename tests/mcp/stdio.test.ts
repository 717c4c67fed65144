import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { within } from '../waiting.ts';
import { MCP_MAIN, spawnMcpOverStdio } from './mcp-process.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(() => database?.[Symbol.asyncDispose]());

const line = (message: object) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
const INITIALIZE = line({
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'pipe', version: '1' } },
});
const LIST_TASKS = line({ id: 2, method: 'tools/call', params: { name: 'list_tasks', arguments: {} } });

test('answers everything that was asked before standard input ended, then ends', async () => {
  const child = spawnMcpOverStdio(database.url);
  child.stdin.write(`${INITIALIZE}this is not JSON\n${LIST_TASKS}`);
  await child.stdin.end();
  const [output, log] = await within(
    'mcp ends when standard input does',
    10_000,
    Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]),
  );
  expect(child.exitCode).toBe(0);
  // Nothing but the protocol on standard output; the log goes to standard error.
  const answers = output
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(answers.map(({ id }) => id)).toEqual([1, 2]);
  expect(answers[1].result.structuredContent).toEqual({ tasks: [], next_cursor: null });
  expect(log).toContain('"msg":"stopped"');
});

test('ends when standard input does, having been asked nothing', async () => {
  const child = spawnMcpOverStdio(database.url);
  await child.stdin.end();
  expect(await within('mcp ends', 10_000, child.exited)).toBe(0);
  expect(await new Response(child.stdout).text()).toBe('');
});

test.each([
  [['--stdio'], { DATABASE_URL: '' }, 'DATABASE_URL: is not set'],
  [['--stdio', '--verbose'], {}, '--verbose is not known'],
])('refuses %j %j in words', async (flags, env, reason) => {
  const child = Bun.spawn([process.execPath, MCP_MAIN, ...flags], {
    env: { ...process.env, DATABASE_URL: database.url, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, log] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([child.exitCode, output]).toEqual([1, '']);
  expect(log).toContain(reason);
});
