import { describe, expect, test } from 'bun:test';
import { newTaskId } from '@millrace/db';
import type { Client } from '@modelcontextprotocol/client';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { call, connectOverHttp, connectOverStdio } from './connect.ts';
import { initialize, legacyPost } from './legacy-client.ts';
import { spawnMcpOverStdio, startMcpOverHttp } from './mcp-process.ts';

/** Calls that a model gets wrong, and what it is told so that the next one is right. */

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

const connections: [string, () => Promise<Client>][] = [
  ['http, modern era', () => connectOverHttp(http.url, 'modern')],
  ['http, legacy era', () => connectOverHttp(http.url, 'legacy')],
  ['stdio, legacy era', () => connectOverStdio(database.url, 'legacy')],
];

describe.each(connections)('over %s', (_connection, connect) => {
  const client = shared(connect);
  const read = (name: string, args: object = {}) => call(client, name, { ...args });

  test.each([
    'get_task_status',
    'get_task',
    'get_task_result',
    'get_task_timeline',
    'wait_for_task',
    'cancel_task',
    'retry_task',
  ])('%s tells the model what to do about an unknown id', async (tool) => {
    const unknown = newTaskId();
    const { isError, text } = await read(tool, { task_id: unknown });
    expect([isError, text]).toEqual([true, expect.stringContaining(`There is no task ${unknown}`)]);
    expect(text).toEndWith('Call list_tasks to find the task.');
  });

  test.each([
    ['get_task_status', {}, /task_id is required \(The task's id, a UUID\)/],
    ['get_task_status', { task_id: '17' }, /task_id must be a UUID, got "17"/],
    ['get_task_status', { task_id: null }, /task_id must be a string, got null/],
    ['get_task', { id: 'x', task_id: newTaskId() }, / id is not a known field; known fields are task_id\./],
    ['list_tasks', { status: 'DONE' }, /status must be one of PENDING, RUNNING, .*, got "DONE"/],
    ['list_tasks', { limit: 51 }, /limit must be at most 50, got 51/],
    ['list_tasks', { limit: '5' }, /limit must be an integer, got a string/],
    ['list_tasks', { cursor: 'next' }, /cursor must be next_cursor of the previous page, got "next"/],
    ['wait_for_task', { task_id: newTaskId(), timeout_seconds: 51 }, /timeout_seconds must be at most 50/],
    ['get_task_result', { task_id: newTaskId(), length: 20_001 }, /length must be at most 20000/],
    ['get_queue_stats', { all: true }, /all is not a known field/],
    ['submit_task', {}, /prompt is required/],
    ['submit_task', { prompt: ' ' }, /prompt must not consist of white space only/],
    ['submit_task', { prompt: 'x', priority: 11 }, /priority must be at most 9, got 11/],
    [
      'list_tasks',
      { state: 'x', limit: 0 },
      /state is not a known field; known fields are status, .*\. limit must be at least 1, got 0/,
    ],
  ])('refuses %s %j', async (tool, args, message) => {
    const { isError, text } = await read(tool, args);
    expect([isError, text]).toEqual([true, expect.stringMatching(message)]);
    expect(text).toEndWith('Correct them and call again.');
    expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  });

  test('an unknown tool is a protocol error that names the known ones', async () => {
    await expect(client.callTool({ name: 'submit', arguments: {} })).rejects.toThrow(
      /"submit" not found\. These can be called: submit_task, /,
    );
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'prompts/get',
      { name: 'triage_failures', arguments: { hours: 24 } },
      'prompts/get takes a string as arguments.hours, not a number: correct it and send it again.',
    ],
    ['prompts/get', {}, 'prompts/get needs name, a string: add it and send it again.'],
    ['completion/complete', {}, 'completion/complete needs ref, an object: add it and send it again.'],
    [
      'completion/complete',
      { ref: { type: 'ref/tool' }, argument: { name: 'x', value: '' } },
      'completion/complete takes "ref/prompt" or "ref/resource" as ref.type: correct it and send it again.',
    ],
    [
      'completion/complete',
      { ref: { type: 'ref/resource' }, argument: { name: 'x', value: '' } },
      'completion/complete needs ref.uri, a string: add it and send it again.',
    ],
    ['resources/read', {}, 'resources/read needs uri, a string: add it and send it again.'],
    [
      'tools/call',
      { name: 'list_tasks', arguments: null },
      'tools/call takes an object as arguments, not null: correct it and send it again.',
    ],
  ])('%s %j is refused in one sentence', async (method, params, message) => {
    await expect(client.request({ method, params } as never)).rejects.toMatchObject({
      code: -32602,
      message,
    });
  });
});

const request = initialize(20251125);

test.each<[string, () => Promise<string>]>([
  ['http', async () => (await legacyPost(http.url, request)).text()],
  [
    'stdio',
    async () => {
      const child = spawnMcpOverStdio(database.url, { LOG_LEVEL: 'error' });
      child.stdin.write(`${JSON.stringify(request)}\n`);
      await child.stdin.end();
      return new Response(child.stdout).text();
    },
  ],
])('over %s, an invalid protocolVersion is refused in one sentence', async (_name, ask) => {
  const [, answer] = /(\{"jsonrpc".*\})/.exec(await ask()) ?? [];
  expect(JSON.parse(answer!)).toEqual({
    jsonrpc: '2.0',
    id: request.id,
    error: {
      code: -32602,
      message: 'initialize takes a string as protocolVersion, not a number: correct it and send it again.',
    },
  });
});
