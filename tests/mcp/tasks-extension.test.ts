import { beforeAll, describe, expect, test } from 'bun:test';
import { claim, fail, getTask, newTaskId, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { legacy, legacyPost } from './legacy-client.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { type RawRequest, rawCall, rawExchange } from './raw-client.ts';
import { createTasks, run, type TaskIds } from './tasks.ts';

const EXTENSION = 'io.modelcontextprotocol/tasks';
const capabilities = { extensions: { [EXTENSION]: {} } };
const DAY_MS = 86_400_000;

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url, RETENTION_DAYS: '7' }));
let ids: TaskIds;
beforeAll(async () => {
  ids = await createTasks(database.db);
});

const ask = (request: RawRequest) => rawCall(http.url, { capabilities, ...request });
const submission: RawRequest = {
  method: 'tools/call',
  params: { name: 'submit_task', arguments: { prompt: '计算 1+1' } },
};
const get = async (taskId: string) => (await ask({ method: 'tasks/get', params: { taskId } })).result;
const begin = async () => (await ask(submission)).result.taskId as string;

test('the server declares the extension', async () => {
  const { result } = await ask({ method: 'server/discover' });
  expect(result.capabilities.extensions).toEqual({ [EXTENSION]: {} });
});

describe('submit_task', () => {
  test('answers a client that declares the extension with a handle, for a stored task', async () => {
    const { result } = await ask(submission);
    expect(result).toMatchObject({
      resultType: 'task',
      status: 'working',
      statusMessage: 'PENDING',
      ttlMs: null,
      pollIntervalMs: 1_000,
      createdAt: expect.stringMatching(/Z$/),
      lastUpdatedAt: expect.stringMatching(/Z$/),
    });
    expect(result.structuredContent).toBeUndefined();
    expect((await getTask(database.db, UNRESTRICTED, result.taskId))?.prompt).toBe('计算 1+1');
    expect(await get(result.taskId)).toMatchObject({ resultType: 'complete', status: 'working' });
  });

  test('answers any other client as a tool does', async () => {
    const { result } = await ask({ ...submission, capabilities: {} });
    expect(result).toMatchObject({ resultType: 'complete', structuredContent: { status: 'PENDING' } });
    expect(result.taskId).toBeUndefined();
  });

  test('answers a refused submission with the error', async () => {
    const params = { name: 'submit_task', arguments: {} };
    const { result } = await ask({ method: 'tools/call', params });
    expect(result).toMatchObject({ resultType: 'complete', isError: true });
  });

  test('is the only tool that does so', async () => {
    const params = { name: 'get_task_status', arguments: { task_id: ids.done } };
    expect((await ask({ method: 'tools/call', params })).result.resultType).toBe('complete');
  });
});

describe('tasks/get', () => {
  test('contains the result of a completed task, as the tool would have answered', async () => {
    const taskId = await begin();
    await run(database.db, taskId, '2');
    const task = await get(taskId);
    expect(task).toMatchObject({
      status: 'completed',
      result: { structuredContent: { status: 'COMPLETED', output: { text: '2' }, created: true } },
    });
    expect(task.result.isError).toBeUndefined();
    expect(task.result.content[0].text).toContain('is COMPLETED');
    expect(task.lastUpdatedAt).toBe(task.result.structuredContent.finished_at);
    const lifetimeMs = Date.parse(task.lastUpdatedAt) - Date.parse(task.createdAt) + 7 * DAY_MS;
    expect(task.ttlMs).toBe(lifetimeMs);
  });

  test('reports a failed task as completed with an error', async () => {
    const taskId = await begin();
    await claim(database.db, { task_id: taskId, executor: 'a', lease_ms: 60_000 });
    expect((await get(taskId)).statusMessage).toBe('RUNNING, attempt 1 of 3');
    const error = { code: 'broken', message: 'it broke', retryable: false };
    await fail(database.db, { task_id: taskId, attempt: 1, error });
    const task = await get(taskId);
    expect(task).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(task.result.content[0].text).toContain('it broke');
  });

  test('reports a task to be retried as working', async () => {
    expect(await get(ids.retried)).toMatchObject({
      status: 'working',
      statusMessage: 'PENDING: attempt 1 of 3 failed, the next one follows',
    });
  });

  test('never claims more attempts than allowed, after a retry', async () => {
    const once = { name: 'submit_task', arguments: { prompt: '计算 1+1', max_attempts: 1 } };
    const { taskId } = (await ask({ method: 'tools/call', params: once })).result;
    await run(database.db, taskId, '2');
    const retry = { name: 'retry_task', arguments: { task_id: taskId } };
    await ask({ method: 'tools/call', params: retry });
    await claim(database.db, { task_id: taskId, executor: 'a', lease_ms: 60_000 });
    expect((await get(taskId)).statusMessage).toStartWith('RUNNING, attempt 2 (up to 1,');
  });

  test('knows every task, whoever submitted it and however', async () => {
    expect((await get(ids.done)).status).toBe('completed');
    expect(await get(ids.cancelled)).toMatchObject({ status: 'cancelled' });
  });

  test('survives a restart of the server', async () => {
    const taskId = await begin();
    await using another = await startMcpOverHttp({ DATABASE_URL: database.url });
    const request = { method: 'tasks/get', params: { taskId }, capabilities };
    expect((await rawCall(another.url, request)).result).toMatchObject({ taskId, status: 'working' });
  }, 60_000);
});

test('tasks/cancel ends the task, and accepts one that has ended', async () => {
  const taskId = await begin();
  const cancelled = await ask({ method: 'tasks/cancel', params: { taskId } });
  expect(cancelled.result.resultType).toBe('complete');
  expect((await get(taskId)).status).toBe('cancelled');
  expect((await ask({ method: 'tasks/cancel', params: { taskId: ids.done } })).error).toBeUndefined();
  expect((await get(ids.done)).status).toBe('completed');
});

test('tasks/update is acknowledged: the client is never asked for anything', async () => {
  const params = { taskId: await begin(), inputResponses: { unknown: { action: 'accept' } } };
  expect((await ask({ method: 'tasks/update', params })).result.resultType).toBe('complete');
});

const METHODS = ['tasks/get', 'tasks/update', 'tasks/cancel'];

describe.each(METHODS)('%s', (method) => {
  test.each([newTaskId(), 'no-such-task', "'; drop table tasks; --"])('does not know %s', async (taskId) => {
    const { error } = await ask({ method, params: { taskId } });
    expect(error).toMatchObject({ code: -32602, message: expect.stringMatching(/no task|must be the UUID/) });
  });

  test('requires a taskId', async () => {
    expect((await ask({ method, params: {} })).error?.code).toBe(-32602);
  });

  test('requires the extension to be declared', async () => {
    const { error } = await ask({ method, params: { taskId: ids.done }, capabilities: {} });
    expect(error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { [EXTENSION]: {} } } },
    });
  });
});

describe('task notifications over subscriptions/listen', () => {
  const listen = { method: 'subscriptions/listen', params: { notifications: { taskIds: [newTaskId()] } } };

  test('need the extension declared', async () => {
    const { error } = await rawCall(http.url, listen);
    expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: { extensions: {} } } });
  });

  test('are not acknowledged: such a client polls', async () => {
    const [acknowledged] = await rawExchange(http.url, { ...listen, capabilities });
    expect(acknowledged).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: {} },
    });
  });
});

test('does not exist in earlier revisions', async () => {
  const response = await legacyPost(http.url, legacy('tasks/get', { taskId: ids.done }));
  expect(await response.text()).toContain('"code":-32601');
});

test('a read-only server cancels nothing; where tasks are kept forever, handles are', async () => {
  const env = { DATABASE_URL: database.url, MCP_READ_ONLY: '1', RETENTION_DAYS: '0' };
  await using reader = await startMcpOverHttp(env);
  const request = { method: 'tasks/cancel', params: { taskId: ids.running }, capabilities };
  const { error } = await rawCall(reader.url, request);
  expect(error?.message).toContain('tasks:write');
  const done = { method: 'tasks/get', params: { taskId: ids.done }, capabilities };
  expect((await rawCall(reader.url, done)).result).toMatchObject({ status: 'completed', ttlMs: null });
  expect((await getTask(database.db, UNRESTRICTED, ids.running))?.status).toBe('RUNNING');
}, 60_000);
