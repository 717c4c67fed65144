import { describe, expect, test } from 'bun:test';
import { getTask, submit, UNRESTRICTED } from '@millrace/db';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { call, connectOverHttp } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { rawCall } from './raw-client.ts';

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));
const client = shared(() => connectOverHttp(http.url, 'modern'));

describe('SQL', () => {
  const SQL = "'; drop table tasks; --";

  test('in a filter is searched for as text', async () => {
    const { id } = await submit(database.db, newTask({ prompt: `say ${SQL}` }));
    for (const args of [{ text: SQL }, { text: `%${SQL}` }, { model: SQL }, { text: '\\' }]) {
      const { structured } = await call(client, 'list_tasks', args);
      const found = structured.tasks.map(({ task_id }: { task_id: string }) => task_id);
      expect(found).toEqual(args.text === SQL ? [id] : []);
    }
  });

  test.each([
    ['get_task_status', { task_id: SQL }],
    ['list_tasks', { cursor: SQL }],
    ['list_tasks', { created_after: SQL }],
    ['submit_task', { prompt: 'x', model: SQL }],
    ['submit_task', { prompt: 'x', metadata: { [SQL]: 'y' } }],
  ])('as an argument of %s is refused: %j', async (tool, args) => {
    expect((await call(client, tool, args)).isError).toBe(true);
  });

  test('in a prompt is stored verbatim', async () => {
    const { structured } = await call(client, 'submit_task', { prompt: SQL, idempotency_key: "k';--" });
    expect(await getTask(database.db, UNRESTRICTED, structured.task_id)).toMatchObject({
      prompt: SQL,
      idempotency_key: "k';--",
    });
  });

  test('as the name of a tool, a resource or a prompt is unknown', async () => {
    await expect(client.callTool({ name: SQL, arguments: {} })).rejects.toThrow(/not found/);
    await expect(client.readResource({ uri: `task://${SQL}` })).rejects.toThrow();
    await expect(client.getPrompt({ name: SQL })).rejects.toThrow(/not found/);
  });
});

describe('names of properties that every JavaScript object has', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is unknown', async (name) => {
    const request = { method: 'tools/call', params: { name, arguments: {} } };
    expect((await rawCall(http.url, request)).error?.code).toBe(-32602);
    expect((await rawCall(http.url, { method: 'prompts/get', params: { name } })).error?.code).toBe(-32602);
    const argument = { method: 'tools/call', params: { name: 'list_tasks', arguments: { [name]: 'x' } } };
    const { result } = await rawCall(http.url, argument);
    // The SDK has dropped that one by then; all others are refused as unknown arguments.
    expect(result.isError ?? false).toBe(name !== '__proto__');
    const ref = { type: 'ref/resource', uri: 'task://{task_id}' };
    const params = { ref, argument: { name, value: '' } };
    const completed = await rawCall(http.url, { method: 'completion/complete', params });
    expect(completed.result?.completion).toEqual({ values: [], hasMore: false });
  });
});

test("NUL in a prompt's argument is refused as such", async () => {
  const given = client.getPrompt({ name: 'triage_failures', arguments: { model: 'a\0b' } });
  await expect(given).rejects.toThrow('model must not hold the character NUL');
});

describe('oversized input', () => {
  test('the URI of a resource is not echoed in full', async () => {
    const legacy = await connectOverHttp(http.url, 'legacy');
    const uri = `file://${'x'.repeat(100_000)}`;
    for (const ask of [() => legacy.readResource({ uri }), () => legacy.subscribeResource({ uri })]) {
      const error = await ask().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(JSON.stringify([(error as Error).message, error]).length).toBeLessThan(2_000);
    }
    await legacy.close();
  });

  test('a prompt of more than 100,000 characters is refused', async () => {
    const { isError, text } = await call(client, 'submit_task', { prompt: 'x'.repeat(100_001) });
    expect([isError, text]).toEqual([true, expect.stringContaining('at most 100000 characters, got 100001')]);
  });

  test('deeply nested arguments are refused, and the server goes on', async () => {
    let nested: unknown = 'x';
    for (let i = 0; i < 5_000; i++) nested = { nested };
    const params = { name: 'submit_task', arguments: { prompt: 'x', response_format: nested } };
    const answer = await rawCall(http.url, { method: 'tools/call', params });
    expect(answer.error ?? answer.result.isError).toBeTruthy();
    expect((await rawCall(http.url, { method: 'tools/list' })).result.tools).toHaveLength(11);
  });
});
