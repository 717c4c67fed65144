import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { claim, complete, fail, newTaskId, submit } from '@millrace/db';
import type { Client } from '@modelcontextprotocol/client';
import { newTask } from '../db/new-task.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { call, connectOverHttp, connectOverStdio, type Era, REVISIONS } from './connect.ts';
import { type McpHttpProcess, startMcpOverHttp } from './mcp-process.ts';

let database: TestDatabase;
let http: McpHttpProcess;
const LONG_PROMPT = `${'x'.repeat(199)}😀 and so on`;
/** In the order of submission. */
const ids: Record<'done' | 'failed' | 'running' | 'retried' | 'waiting', string> = {} as never;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const submitted = async (prompt: string, model = 'builtin') =>
    (await submit(db, newTask({ prompt, model }))).id;
  const started = async (task_id: string) => {
    await claim(db, { task_id, executor: 'a', lease_ms: 60_000 });
    return task_id;
  };
  ids.done = await started(await submitted('calculate 1+1'));
  const step = { kind: 'tool', name: 'calculator', arguments: { expression: '1+1' }, output: '2' } as const;
  const result = { output: '2', steps: [step] };
  const usage = { input_tokens: 3, output_tokens: 1, cached_tokens: 0, cost_usd: null };
  await complete(db, { task_id: ids.done, attempt: 1, result, usage });
  ids.failed = await started(await submitted('sing 100% of it'));
  const unclear = { code: 'not_understood', message: 'cannot sing', retryable: false };
  await fail(db, { task_id: ids.failed, attempt: 1, error: unclear });
  ids.running = await started(await submitted('what time is it', 'simulated'));
  ids.retried = await started(await submitted('calculate 2+2'));
  const passing = { code: 'model_unavailable', message: 'busy', retryable: true };
  await fail(db, { task_id: ids.retried, attempt: 1, error: passing });
  ids.waiting = await submitted(LONG_PROMPT);
  http = await startMcpOverHttp({ DATABASE_URL: database.url });
}, 60_000);
afterAll(async () => {
  await http?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const connections: [transport: string, era: Era, connect: (era: Era) => Promise<Client>][] = [
  ['http', 'modern', (era) => connectOverHttp(http.url, era)],
  ['http', 'legacy', (era) => connectOverHttp(http.url, era)],
  ['stdio', 'modern', (era) => connectOverStdio(database.url, era)],
  ['stdio', 'legacy', (era) => connectOverStdio(database.url, era)],
];

describe.each(connections)('over %s, %s era', (_transport, era, connect) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect(era);
  }, 30_000);
  afterAll(() => client?.close());

  test('introduces itself and its tools', async () => {
    expect(client.getNegotiatedProtocolVersion()).toBe(REVISIONS[era]);
    expect(client.getServerVersion()).toMatchObject({
      name: 'millrace',
      title: 'Millrace',
      version: '0.1.0',
    });
    expect(client.getInstructions()).toContain('list_tasks');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['get_task_status', 'list_tasks']);
    for (const { title, description, inputSchema, outputSchema, annotations } of tools) {
      expect(title).toBeString();
      expect(description?.length).toBeGreaterThan(100);
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object' });
      expect(annotations).toEqual({
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      });
    }
    // Formats of our own would make strict clients refuse the tool.
    expect(JSON.stringify(tools)).not.toContain('"format":"text"');
  });

  test('get_task_status reads a task that is done, the same in text and structure', async () => {
    const { isError, text, structured } = await call(client, 'get_task_status', { task_id: ids.done });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({
      id: ids.done,
      status: 'COMPLETED',
      model: 'builtin',
      prompt_excerpt: 'calculate 1+1',
      result: { output: '2', steps: [{ kind: 'tool', name: 'calculator', output: '2' }] },
      error: null,
      attempts: 1,
      max_attempts: 3,
      usage: { input_tokens: 3, output_tokens: 1 },
    });
    expect(Date.parse(structured.finished_at)).toBeGreaterThanOrEqual(Date.parse(structured.created_at));
    expect(JSON.parse(text)).toEqual(structured);
  });

  test('get_task_status reads tasks in every other state', async () => {
    const read = async (task_id: string) => (await call(client, 'get_task_status', { task_id })).structured;
    expect(await read(ids.failed)).toMatchObject({
      status: 'FAILED',
      result: null,
      error: { code: 'not_understood', message: 'cannot sing', retryable: false },
    });
    expect(await read(ids.running)).toMatchObject({ status: 'RUNNING', attempts: 1, finished_at: null });
    expect(await read(ids.retried)).toMatchObject({
      status: 'PENDING',
      attempts: 1,
      error: { code: 'model_unavailable' },
    });
    expect(await read(ids.waiting)).toMatchObject({ status: 'PENDING', attempts: 0, started_at: null });
    // Cut before the pair of surrogates that would have been split.
    expect((await read(ids.waiting)).prompt_excerpt).toBe(`${'x'.repeat(199)}…`);
  });

  test('list_tasks pages, newest first', async () => {
    const newestFirst = Object.values(ids).toReversed();
    const first = (await call(client, 'list_tasks', { limit: 3 })).structured;
    expect(first.tasks.map(({ id }: { id: string }) => id)).toEqual(newestFirst.slice(0, 3));
    const rest = (await call(client, 'list_tasks', { limit: 3, cursor: first.next_cursor })).structured;
    expect(rest.tasks.map(({ id }: { id: string }) => id)).toEqual(newestFirst.slice(3));
    expect(rest.next_cursor).toBeNull();
    expect(Object.keys(rest.tasks[0]).sort()).toEqual([
      'created_at',
      'finished_at',
      'id',
      'model',
      'prompt_excerpt',
      'status',
    ]);
  });

  test.each([
    [{ status: 'FAILED' }, ['failed']],
    [{ status: 'PENDING' }, ['waiting', 'retried']],
    [{ model: 'simulated' }, ['running']],
    [{ text: 'CALCULATE' }, ['retried', 'done']],
    [{ text: '100%' }, ['failed']],
    [{ status: 'COMPLETED', model: 'simulated' }, []],
  ] as [object, (keyof typeof ids)[]][])('list_tasks by %j', async (query, expected) => {
    const { structured } = await call(client, 'list_tasks', { ...query });
    expect(structured.tasks.map(({ id }: { id: string }) => id)).toEqual(expected.map((name) => ids[name]));
  });

  test('says of an unknown id what to do', async () => {
    const unknown = newTaskId();
    const { isError, text } = await call(client, 'get_task_status', { task_id: unknown });
    expect(isError).toBe(true);
    expect(text).toBe(
      `task_id: there is no task ${unknown}. Check the id, or find the task with list_tasks.`,
    );
  });

  test.each([
    ['get_task_status', {}, /task_id is required \(The task's id: a UUID\)/],
    ['get_task_status', { task_id: '17' }, /task_id must be a UUID, got "17"/],
    ['get_task_status', { task_id: null }, /task_id must be a string, got null \(The task's id: a UUID\)/],
    [
      'get_task_status',
      { id: 'x', task_id: newTaskId() },
      / id is not a known field; known fields are task_id\.$/,
    ],
    ['list_tasks', { status: 'DONE' }, /status must be one of PENDING, RUNNING, .*, got "DONE"/],
    ['list_tasks', { limit: 101 }, /limit must be at most 100, got 101/],
    ['list_tasks', { limit: '5' }, /limit must be an integer, got a string/],
    ['list_tasks', { cursor: 'next' }, /cursor must be a UUID, got "next"/],
    ['list_tasks', { text: 'a\u0000b' }, /text must not hold the character NUL/],
    [
      'list_tasks',
      { state: 'x', limit: 0 },
      /state is not a known field; known fields are status, .*\. limit must be at least 1, got 0/,
    ],
  ])('refuses %s %j', async (tool, args, message) => {
    const { isError, text } = await call(client, tool, args);
    expect(isError).toBe(true);
    expect(text).toMatch(message);
    expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  });

  test('an unknown tool is a protocol error', async () => {
    await expect(client.callTool({ name: 'submit', arguments: {} })).rejects.toThrow(/submit not found/);
  });
});
