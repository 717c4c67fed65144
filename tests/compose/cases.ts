import { expect, test } from 'bun:test';
import type { Problem, Task } from '@millrace/contracts';
import { call, connectOverHttp } from '../mcp/connect.ts';
import type { Client } from './client.ts';
import type { ComposeProject } from './project.ts';

/** What a client does with Millrace, through the published ports. */
export function clientCases(stack: () => { client: Client; project: ComposeProject; key: string }): void {
  test('a task is submitted, waited for and read', async () => {
    const { client } = stack();
    const task = await client.submit({ prompt: '计算 1+1', priority: 5 });
    expect(await client.get(task.id, 20)).toMatchObject({ status: 'COMPLETED', result: { output: '2' } });
  });

  test('a client that prefers to wait gets its answer in one request', async () => {
    const body = { prompt: 'calculate 6*7' };
    const task = await stack().client.json<Task>('/tasks', 200, { body, headers: { prefer: 'wait=20' } });
    expect(task).toMatchObject({ status: 'COMPLETED', result: { output: '42' } });
  });

  test('a batch is accepted, and its tasks end', async () => {
    const { client } = stack();
    const tasks = Array.from({ length: 20 }, (_, i) => ({ prompt: `calculate ${i}+1` }));
    const { outcomes } = await client.json<{ outcomes: { task: Task }[] }>('/tasks/batch', 207, {
      body: { tasks },
    });
    const ended = await Promise.all(outcomes.map(({ task }) => client.get(task.id, 20)));
    expect(ended.map(({ result }) => result?.output)).toEqual(tasks.map((_, i) => `${i + 1}`));
  });

  test('a task is watched to its end', async () => {
    const { client } = stack();
    const { id } = await client.submit({ prompt: 'tell me of the mill', model: 'simulated' });
    const events = await client.events(id);
    expect(events[0]?.type).toBe('snapshot');
    expect(events.at(-1)).toMatchObject({ type: 'end', data: { id, status: 'COMPLETED' } });
  });

  test('a task is cancelled, a finished one replayed', async () => {
    const { client } = stack();
    const later = await client.submit({ prompt: 'calculate 1+1', delay_ms: 3_600_000 });
    const cancelled = await client.json<Task>(`/tasks/${later.id}/cancel`, 200, { method: 'POST' });
    expect(cancelled.status).toBe('CANCELLED');
    await client.json(`/tasks/${later.id}/retry`, 202, { method: 'POST' });
    expect(await client.get(later.id, 20)).toMatchObject({ status: 'COMPLETED', result: { output: '2' } });
  });

  test('the same idempotency key returns the same task', async () => {
    const { client } = stack();
    const body = { prompt: 'calculate 2+2' };
    const headers = { 'idempotency-key': Bun.randomUUIDv7() };
    const first = await client.json<Task>('/tasks', 202, { body, headers });
    expect(await client.json<Task>('/tasks', 200, { body, headers })).toMatchObject({ id: first.id });
  });

  test('tasks are listed and counted; models are listed', async () => {
    const { client } = stack();
    const { id } = await client.submit({ prompt: 'calculate 3+3', metadata: { from: 'compose' } });
    await client.get(id, 20);
    const page = await client.json<{ tasks: Task[] }>('/tasks?status=COMPLETED&limit=100', 200);
    expect(page.tasks.map((task) => task.id)).toContain(id);
    const { models } = await client.json<{ models: { id: string }[] }>('/models', 200);
    expect(models.map((model) => model.id)).toEqual(['builtin', 'simulated', 'gpt-4']);
    expect(await client.json('/stats', 200)).toMatchObject({ counts: { COMPLETED: expect.any(Number) } });
  });

  test("a tool's file is in the volume that all executors share", async () => {
    const { client, project } = stack();
    const { id } = await client.submit({ prompt: 'write "hi there" to notes.txt' });
    expect(await client.get(id, 20)).toMatchObject({ status: 'COMPLETED' });
    const [executor] = await project.containers('executor');
    const read = ['exec', '-T', '--index=1', executor!.Service, 'cat', `/workspaces/${id}/notes.txt`];
    expect(await project.compose(read)).toBe('hi there');
  });

  test('errors name the field, and nobody gets in without a key', async () => {
    const { client, project } = stack();
    const problem = await client.json<Problem>('/tasks', 422, { body: { prompt: 'x', priority: 10 } });
    expect(JSON.stringify(problem)).toContain('priority');
    expect((await fetch(`${project.gatewayUrl}/tasks`)).status).toBe(401);
  });

  test('the Swagger page is served with everything it loads', async () => {
    const { client } = stack();
    for (const path of ['', '/swagger-ui-bundle.js', '/swagger-ui.css', '/page.css', '/icon.png', '/json']) {
      expect((await client.request(`/swagger${path}`)).status).toBe(200);
    }
  });

  test('an AI client submits a task over MCP and gets its result', async () => {
    const { project, key } = stack();
    const mcp = await connectOverHttp(new URL(project.mcpUrl), 'modern', key);
    try {
      const submitted = await call(mcp, 'submit_task', { prompt: 'calculate 40+2' });
      const task_id = submitted.structured.task_id;
      expect((await call(mcp, 'wait_for_task', { task_id, timeout_seconds: 20 })).isError).toBe(false);
      expect((await call(mcp, 'get_task_result', { task_id })).text).toContain('42');
    } finally {
      await mcp.close();
    }
  });
}
