import { beforeAll, expect, test } from 'bun:test';
import { isIdle, startTestStack } from '../platform/test-stack.ts';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';
import { call, connectOverHttp } from './connect.ts';
import { rawCall } from './raw-client.ts';

/** A complete Millrace, used through an MCP client only. */

const platform = shared(() =>
  startTestStack({
    parts: ['broker', 'gateway', 'executor', 'mcp'],
    env: { SIMULATED_LATENCY_MS: '60000' },
  }),
);
const client = shared(() => connectOverHttp(new URL(platform.stack.mcpUrl), 'modern'));
beforeAll(async () => {
  await client.listTools();
}, 60_000);

const submit = async (prompt: string, args: object = {}): Promise<string> =>
  (await call(client, 'submit_task', { prompt, ...args })).structured.task_id;

test('submits 计算 1+1, waits, and reads the result', async () => {
  const task_id = await submit('计算 1+1', { idempotency_key: 'sum' });
  const waited = await call(client, 'wait_for_task', { task_id });
  expect(waited.structured).toMatchObject({ ended: true, status: 'COMPLETED', output: { text: '2' } });
  const result = await call(client, 'get_task_result', { task_id });
  expect(result.structured).toMatchObject({ untrusted_text: '2', next_offset: null });
  const { entries } = (await call(client, 'get_task_timeline', { task_id })).structured;
  expect(entries).toMatchObject([
    { kind: 'attempt', status: 'COMPLETED' },
    { kind: 'step', of: 'tool', name: 'calculator', output: { text: '2' } },
  ]);
  expect(await submit('计算 1+1', { idempotency_key: 'sum' })).toBe(task_id);
}, 60_000);

test('cancels a running task, and its executor is free again', async () => {
  const task_id = await submit('take your time', { model: 'simulated' });
  const status = async () => (await call(client, 'get_task_status', { task_id })).structured.status;
  await eventually('it runs', async () => (await status()) === 'RUNNING');
  expect((await call(client, 'cancel_task', { task_id })).structured.status).toBe('CANCELLED');
  const { structured } = await call(client, 'get_task_timeline', { task_id });
  expect(structured.entries.at(0)).toMatchObject({ kind: 'attempt', status: 'CANCELLED' });
  await eventually('its executor has let go', () => isIdle(platform.stack.executorHealthUrls[0]!));
}, 60_000);

test('finds out why a task failed, corrects it, and runs it again', async () => {
  const task_id = await submit('calculate 1/0');
  const { structured } = await call(client, 'wait_for_task', { task_id });
  expect(structured).toMatchObject({
    ended: true,
    status: 'FAILED',
    next: expect.stringContaining('get_task_timeline'),
  });
  expect((await call(client, 'list_tasks', { status: 'FAILED' })).structured.tasks).toMatchObject([
    { task_id },
  ]);
  const { messages } = await client.getPrompt({ name: 'diagnose_task', arguments: { task_id } });
  const brief = messages.map(({ content }) => String(Object(content).text)).join('\n');
  expect(brief).toContain(structured.error.message.text);
  expect(structured.error.message.text).toContain('zero');
  const corrected = await submit('calculate 1/2');
  const waited = await call(client, 'wait_for_task', { task_id: corrected });
  expect(waited.structured.output.text).toBe('0.5');
}, 60_000);

test('follows a task by its handle', async () => {
  const url = new URL(platform.stack.mcpUrl);
  const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const params = { name: 'submit_task', arguments: { prompt: 'calculate 6*7' } };
  const { taskId } = (await rawCall(url, { method: 'tools/call', params, capabilities })).result;
  const ended = await eventually('it has ended', async () => {
    const { result } = await rawCall(url, { method: 'tasks/get', params: { taskId }, capabilities });
    return result.status !== 'working' && result;
  });
  expect(ended.result.structuredContent.output.text).toBe('42');
}, 60_000);
