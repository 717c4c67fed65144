import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as V1StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { installBundle, nodePath } from './bundle-installation.ts';
import { call, type Era, TestClient } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { run } from './tasks.ts';

/** The .mcpb bundle, from its build to what a client sees through it: in Node, against the real server over HTTP. */

const TOKEN = crypto.randomUUID();
const database = shared(createTestDatabase);
const bundle = shared(installBundle);
const open = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));
const guarded = shared(() =>
  startMcpOverHttp({ DATABASE_URL: database.url, MCP_AUTH: 'token', MCP_TOKENS: `desktop=${TOKEN}` }),
);

async function connect(era: Era, entered: { url: string; token?: string }): Promise<TestClient> {
  const client = new TestClient(era);
  await client.connect(new StdioClientTransport({ ...(await bundle.launch(entered)), stderr: 'ignore' }));
  return client;
}

test("the packer's own validator accepts it", async () => {
  const tool = join(import.meta.dir, '..', 'node_modules', '.bin', 'mcpb');
  const validated = Bun.spawnSync([nodePath(), tool, 'validate', join(bundle.folder, 'manifest.json')]);
  expect(validated.stdout.toString()).toContain('Manifest schema validation passes!');
  expect(validated.exitCode).toBe(0);
  const info = Bun.spawnSync([nodePath(), tool, 'info', bundle.file]);
  expect(info.stdout.toString()).toContain('millrace.mcpb');
  expect(info.exitCode).toBe(0);
});

test('is small, and knows no database', async () => {
  expect(Bun.file(bundle.file).size).toBeLessThan(64 * 1024);
  const script = await Bun.file(join(bundle.folder, 'server', 'index.js')).text();
  expect(script).not.toMatch(/DATABASE_URL|postgres:/);
  expect(script).not.toContain(import.meta.dir.split('/tests')[0]!);
});

describe.each(['modern', 'legacy'] as const)('%s', (era) => {
  test('submits, waits with progress, reads, and has the tools named in the manifest', async () => {
    await using client = await connect(era, { url: open.url.href });
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names.toSorted()).toEqual(bundle.manifest.tools!.map(({ name }) => name).toSorted());
    const { structured: submitted } = await call(client, 'submit_task', { prompt: '计算 1+1 😀' });
    let reports = 0;
    const waiting = client.callTool(
      { name: 'wait_for_task', arguments: { task_id: submitted.task_id } },
      { onprogress: () => reports++ },
    );
    await eventually('progress is reported', () => reports > 0);
    await run(database.db, submitted.task_id, '2');
    expect((await waiting).structuredContent).toMatchObject({ ended: true, output: { text: '2' } });
    const { structured: task } = await call(client, 'get_task', { task_id: submitted.task_id });
    expect(task.prompt.text).toBe('计算 1+1 😀');
    expect((await client.readResource({ uri: 'tasks://recent' })).contents).toHaveLength(1);
  }, 60_000);

  test('sends the configured token', async () => {
    await using client = await connect(era, { url: guarded.url.href, token: TOKEN });
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('list_tasks');
    expect(names).not.toContain('submit_task');
  }, 60_000);
});

test('without a valid token, it says where to enter one', async () => {
  await expect(connect('legacy', { url: guarded.url.href })).rejects.toThrow(
    /belongs in this extension's settings/,
  );
  await expect(connect('legacy', { url: guarded.url.href, token: 'x' })).rejects.toThrow(
    /not known.*settings/,
  );
  await expect(connect('modern', { url: guarded.url.href, token: 'x' })).rejects.toThrow();
}, 60_000);

test("a client of the SDK's first generation sees the same", async () => {
  const client = new V1Client({ name: 'millrace-tests', version: '1.0.0' });
  const launch = await bundle.launch({ url: open.url.href });
  await client.connect(new V1StdioClientTransport({ ...launch, stderr: 'ignore' }));
  expect((await client.listTools()).tools).toHaveLength(bundle.manifest.tools!.length);
  expect((await client.listPrompts()).prompts).not.toHaveLength(0);
  await client.close();
}, 60_000);
