import { beforeAll, describe, expect, test } from 'bun:test';
import { claim, fail, getTask, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { call, connectOverHttp, connectOverStdio } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { run } from './tasks.ts';

const database = shared(createTestDatabase);
const http = shared(() =>
  startMcpOverHttp({ DATABASE_URL: database.url, MODELS: 'builtin,simulated,remote=openai' }),
);
const client = shared(() => connectOverHttp(http.url, 'modern'));
beforeAll(async () => {
  await client.listTools();
}, 60_000);

const submit = (args: object) => call(client, 'submit_task', { ...args });
const stored = async (id: string) => (await getTask(database.db, UNRESTRICTED, id))!;
async function submitted(): Promise<string> {
  return (await submit({ prompt: 'calculate 1+1' })).structured.task_id;
}

describe('submit_task', () => {
  test("stores the task, with the API's defaults", async () => {
    const { structured, text } = await submit({ prompt: '计算 1+1' });
    expect(structured).toMatchObject({ status: 'PENDING', created: true, prompt: { text: '计算 1+1' } });
    expect(text).toStartWith('Submitted.');
    expect(text).toContain('Call wait_for_task');
    expect(await stored(structured.task_id)).toMatchObject({
      prompt: '计算 1+1',
      model: 'builtin',
      priority: 5,
      max_attempts: 3,
      timeout_ms: 300_000,
      metadata: {},
      idempotency_key: null,
    });
  });

  test('stores every argument, and shows all metadata', async () => {
    const said = {
      prompt: 'be brief',
      model: 'remote',
      priority: 9,
      max_attempts: 1,
      timeout_ms: 1_000,
      system: 'You are terse.',
      tools: ['calculator'],
      temperature: 0.5,
      max_output_tokens: 100,
      response_format: { type: 'json_object' },
      metadata: { team: 'search', note: 'x'.repeat(512) },
    };
    const { structured } = await submit({ ...said, delay_ms: 60_000 });
    const task = await stored(structured.task_id);
    expect(task).toMatchObject(said);
    expect(Date.parse(task.run_at) - Date.parse(task.created_at)).toBe(60_000);
    // Or a model would wait for it, again and again.
    expect(structured.next).toStartWith(`It will not run before ${structured.run_at}`);
    const shown = await call(client, 'get_task', { task_id: task.id });
    expect(shown.structured.untrusted_metadata).toEqual(said.metadata);
  });

  test('creates one task for the same idempotency key and arguments, however often it is called', async () => {
    const args = { prompt: 'calculate 6*7', idempotency_key: 'same' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => submit(args)));
    expect(new Set(answers.map(({ structured }) => structured.task_id)).size).toBe(1);
    expect(answers.filter(({ structured }) => structured.created)).toHaveLength(1);
    expect((await submit(args)).text).toStartWith('This was submitted before; no second task was created.');
    const other = await submit({ ...args, prompt: 'calculate 6*8' });
    expect(other.isError).toBe(true);
    expect(other.text).toMatch(
      /was used with other arguments, for task [0-9a-f-]{36}\. Call again with a new key/,
    );
  });

  test.each([
    [
      { model: 'gpt-9' },
      /model "gpt-9" is not configured\. Call again with one of builtin, simulated, remote/,
    ],
    [{ temperature: 1 }, /temperature is not supported by the model builtin: it reads requests/],
    [{ tools: ['shell'] }, /tools\.0 must be one of time, calculator, file_writer, got "shell"/],
    [{ delay_ms: 1, run_at: '2030-01-01T00:00:00Z' }, /delay_ms must not be combined with run_at/],
    [{ idempotency_key: 'with space' }, /idempotency_key must match/],
    [{ metadata: { 'a b': 'c' } }, /"metadata\/a b" is not a valid key/],
  ])('refuses %j and stores nothing', async (args, message) => {
    const count = async () => (await database.db.sql`select count(*)::int as count from tasks`)[0]!.count;
    const before = await count();
    const { isError, text } = await submit({ prompt: 'calculate 1+1', ...args });
    expect([isError, text]).toEqual([true, expect.stringMatching(message)]);
    expect(await count()).toBe(before);
  });
});

describe('cancel_task', () => {
  test('ends a pending and a running task for good', async () => {
    const pending = await submitted();
    const running = await submitted();
    await claim(database.db, { task_id: running, executor: 'a', lease_ms: 60_000 });
    for (const task_id of [pending, running]) {
      const { structured, text } = await call(client, 'cancel_task', { task_id });
      expect(structured).toMatchObject({ status: 'CANCELLED', changed: true });
      expect(text).toStartWith('Cancelled.');
      expect((await stored(task_id)).status).toBe('CANCELLED');
      const again = await call(client, 'cancel_task', { task_id });
      expect([again.isError, again.structured.changed]).toEqual([false, false]);
    }
  });

  test('leaves an ended task as it is', async () => {
    const task_id = await submitted();
    await run(database.db, task_id, '2');
    const { isError, text } = await call(client, 'cancel_task', { task_id });
    expect(isError).toBe(true);
    expect(text).toMatch(/is COMPLETED, and nothing was changed\. Call get_task_status/);
    expect((await stored(task_id)).result?.output).toBe('2');
  });
});

describe('retry_task', () => {
  test('resets the attempts, and no text claims more of them than allowed', async () => {
    const { structured } = await call(client, 'submit_task', { prompt: 'sing', max_attempts: 1 });
    const { task_id } = structured;
    await run(database.db, task_id, '1');
    await call(client, 'retry_task', { task_id });
    await claim(database.db, { task_id, executor: 'a', lease_ms: 60_000 });
    for (const tool of ['get_task_status', 'get_task']) {
      const { text } = await call(client, tool, { task_id });
      expect(text).toContain('attempt 2 (up to 1, counted anew after a retry)');
    }
  });

  test('runs a failed task once more, keeping its error in the timeline', async () => {
    const task_id = await submitted();
    await claim(database.db, { task_id, executor: 'a', lease_ms: 60_000 });
    const error = { code: 'broken', message: 'it broke', retryable: false };
    await fail(database.db, { task_id, attempt: 1, error });
    const { structured } = await call(client, 'retry_task', { task_id });
    expect(structured).toMatchObject({ status: 'PENDING', error: null });
    await run(database.db, task_id, '2');
    const timeline = (await call(client, 'get_task_timeline', { task_id })).structured;
    expect(timeline.entries).toMatchObject([
      { attempt: 1, status: 'FAILED', error: { code: 'broken' } },
      { attempt: 2, status: 'COMPLETED' },
    ]);
  });

  test('leaves a task alone that has not ended', async () => {
    const { isError, text } = await call(client, 'retry_task', { task_id: await submitted() });
    expect([isError, text]).toEqual([true, expect.stringContaining('it has not ended')]);
  });
});

const WRITING = ['submit_task', 'cancel_task', 'retry_task'];
const WRITER = crypto.randomUUID();

test.each(['http', 'stdio'])(
  'with MCP_READ_ONLY=1, over %s, there are no writing tools',
  async (transport) => {
    const env = { DATABASE_URL: database.url, MCP_READ_ONLY: '1' };
    // Whatever a key may do elsewhere.
    const tokens = { MCP_AUTH: 'token', MCP_TOKENS: `ci=${WRITER};scopes=tasks:read+tasks:write+admin` };
    await using own = transport === 'http' ? await startMcpOverHttp({ ...env, ...tokens }) : null;
    await using reader = own
      ? await connectOverHttp(own.url, 'modern', WRITER)
      : await connectOverStdio(database.url, 'legacy', env);
    const names = (await reader.listTools()).tools.map(({ name }) => name);
    expect(names).toHaveLength(8);
    for (const name of WRITING) {
      expect(names).not.toContain(name);
      await expect(reader.callTool({ name, arguments: {} })).rejects.toThrow(
        `Tool ${name} needs the scope tasks:write`,
      );
    }
    const task_id = await submitted();
    expect((await call(reader, 'get_task_status', { task_id })).structured.status).toBe('PENDING');
  },
  60_000,
);
