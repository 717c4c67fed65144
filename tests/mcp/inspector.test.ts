import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { newTaskId } from '@millrace/db';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { MCP_MAIN, type McpHttpProcess, startMcpOverHttp } from './mcp-process.ts';
import { run } from './tasks.ts';

/** The protocol's own inspector, a process for each call: a client that we did not write, of either era over either transport. */

const INSPECTOR = join(import.meta.dir, '..', 'node_modules', '.bin', 'inspector');
/** A call whose result has `isError`. */
const TOOL_ERROR = 5;
const AUTHENTICATION_NEEDED = 3;

let database: TestDatabase;
let http: McpHttpProcess;
beforeAll(async () => {
  database = await createTestDatabase();
  http = await startMcpOverHttp({ DATABASE_URL: database.url });
}, 60_000);
afterAll(async () => {
  await http?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const targets = {
  http: () => [http.url.href, '--transport', 'http'],
  stdio: () => [process.execPath, MCP_MAIN, '--stdio', '-e', `DATABASE_URL=${database.url}`],
};
type Transport = keyof typeof targets;

async function inspect(target: readonly string[], args: readonly string[]) {
  const command = [
    process.execPath,
    '--bun',
    INSPECTOR,
    '--cli',
    ...target,
    ...args,
    '--format',
    'json',
    '--quiet',
  ];
  const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, error, code] = await within(
    'the inspector ends',
    15_000,
    Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]),
  );
  return { code, error, result: out ? JSON.parse(out).result : undefined };
}

const cases = (['http', 'stdio'] as const).flatMap((transport) =>
  (['modern', 'legacy'] as const).map((era) => [transport, era] as const),
);

describe.each(cases)('over %s, %s', (transport: Transport, era) => {
  const ask = (method: string, ...args: string[]) =>
    inspect(targets[transport](), ['--protocol-era', era, '--method', method, ...args]);
  const call = (name: string, ...pairs: string[]) =>
    ask('tools/call', '--tool-name', name, ...pairs.flatMap((pair) => ['--tool-arg', pair]));

  test('every schema is one that all clients can read', async () => {
    const { code, error, result } = await ask('tools/list', '--strict');
    expect([code, error]).toEqual([0, '']);
    expect(result.tools).toHaveLength(11);
  });

  test('a task is submitted and followed to its result', async () => {
    const submitting = call('submit_task', 'prompt=计算 1+1', `idempotency_key=${transport}-${era}`);
    const task_id = await eventually('it is submitted', async () => {
      const [row] = await database.db.sql<{ id: string }[]>`
        select id from tasks where idempotency_key = ${`${transport}-${era}`}`;
      return row?.id;
    });
    // The inspector follows the handle of the later era by itself until the task has ended.
    await run(database.db, task_id, '2');
    const { code, result } = await submitting;
    expect(code).toBe(0);
    expect(result.structuredContent.task_id).toBe(task_id);
    const { result: waited } = await call('wait_for_task', `task_id=${task_id}`);
    expect(waited.structuredContent).toMatchObject({
      ended: true,
      status: 'COMPLETED',
      output: { text: '2' },
    });
  });

  test('resources and prompts', async () => {
    const [stats, prompt] = await Promise.all([
      ask('resources/read', '--uri', 'tasks://stats'),
      ask('prompts/get', '--prompt-name', 'summarize_queue'),
    ]);
    expect(JSON.parse(stats.result.contents[0].text).counts).toMatchObject({ PENDING: 0, FAILED: 0 });
    expect(prompt.result.messages[0].content.text).toStartWith('Summarize');
  });

  test("a tool's error is the result's, and says what to do", async () => {
    const { code, result } = await call('get_task_status', `task_id=${newTaskId()}`);
    expect([code, result.isError]).toEqual([TOOL_ERROR, true]);
    expect(result.content[0].text).toEndWith('Call list_tasks to find the task.');
  });
});

test('a token is asked for where one is needed', async () => {
  const token = crypto.randomUUID();
  await using guarded = await startMcpOverHttp({
    DATABASE_URL: database.url,
    MCP_AUTH: 'token',
    MCP_TOKENS: `inspector=${token}`,
  });
  const ask = (...args: string[]) =>
    inspect([guarded.url.href, '--transport', 'http'], ['--method', 'tools/list', ...args]);
  expect((await ask()).code).toBe(AUTHENTICATION_NEEDED);
  expect((await ask('--header', `Authorization: Bearer ${token}`)).code).toBe(0);
}, 20_000);
