import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { newTaskId } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { MCP_MAIN, startMcpOverHttp } from './mcp-process.ts';
import { run } from './tasks.ts';

/** The protocol's own inspector, one process per call: a third-party client, of either era over either transport. */

const INSPECTOR = join(import.meta.dir, '..', 'node_modules', '.bin', 'inspector');
/** A call whose result has `isError`. */
const TOOL_ERROR = 5;
const AUTHENTICATION_NEEDED = 3;

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

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

type Era = 'modern' | 'legacy';
const cases = (['http', 'stdio'] as const).flatMap((transport) =>
  (['modern', 'legacy'] as const).map((era) => [transport, era] as const),
);
/** For what does not depend on the transport. */
const eachEraOnce: (typeof cases)[number][] = [
  ['http', 'modern'],
  ['stdio', 'legacy'],
];

function inspector(transport: Transport, era: Era) {
  const ask = (method: string, ...args: string[]) =>
    inspect(targets[transport](), ['--protocol-era', era, '--method', method, ...args]);
  const call = (name: string, ...pairs: string[]) =>
    ask('tools/call', '--tool-name', name, ...pairs.flatMap((pair) => ['--tool-arg', pair]));
  return { ask, call };
}

test.each(eachEraOnce)('over %s, %s: every schema is readable by all clients', async (transport, era) => {
  const { code, error, result } = await inspector(transport, era).ask('tools/list', '--strict');
  expect([code, error]).toEqual([0, '']);
  expect(result.tools).toHaveLength(11);
});

test.each(cases)('over %s, %s: a task is submitted and followed to its result', async (transport, era) => {
  const { call } = inspector(transport, era);
  const key = `${transport}-${era}`;
  const submitting = call('submit_task', 'prompt=计算 1+1', `idempotency_key=${key}`);
  const task_id = await eventually('the task is submitted', async () => {
    const [row] = await database.db.sql<{ id: string }[]>`
        select id from tasks where idempotency_key = ${key}`;
    return row?.id;
  });
  await run(database.db, task_id, '2');
  const submitted = await submitting;
  expect(submitted.code).toBe(0);
  // In the later era it follows the task's handle by itself until the task has ended.
  const { result } = era === 'modern' ? submitted : await call('wait_for_task', `task_id=${task_id}`);
  expect(result.structuredContent).toMatchObject({ task_id, status: 'COMPLETED', output: { text: '2' } });
});

test.each(eachEraOnce)(
  'over %s, %s: resources, prompts, and errors that say what to do',
  async (transport, era) => {
    const { ask, call } = inspector(transport, era);
    const [stats, prompt, failed] = await Promise.all([
      ask('resources/read', '--uri', 'tasks://stats'),
      ask('prompts/get', '--prompt-name', 'summarize_queue'),
      call('get_task_status', `task_id=${newTaskId()}`),
    ]);
    expect(JSON.parse(stats.result.contents[0].text).counts).toMatchObject({ PENDING: 0, FAILED: 0 });
    expect(prompt.result.messages[0].content.text).toStartWith('Summarize');
    expect([failed.code, failed.result.isError]).toEqual([TOOL_ERROR, true]);
    expect(failed.result.content[0].text).toEndWith('Call list_tasks to find the task.');
  },
);

test('a token is required where configured', async () => {
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
}, 60_000);
