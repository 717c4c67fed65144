import { beforeAll, describe, expect, test } from 'bun:test';
import { tmpdir } from 'node:os';
import { submit } from '@millrace/db';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { newTask } from '../db/new-task.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { MCP_MAIN, startMcpOverHttp } from './mcp-process.ts';
import { change, run } from './tasks.ts';

/** The SDK that today's clients were built with, for the revisions up to 2025-11-25. */

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));

const transports: [string, () => Transport][] = [
  ['http', () => new StreamableHTTPClientTransport(http.url) as Transport],
  [
    'stdio',
    () =>
      new StdioClientTransport({
        command: process.execPath,
        args: [MCP_MAIN, '--stdio'],
        cwd: tmpdir(),
        env: { DATABASE_URL: database.url, LOG_LEVEL: 'error' },
        stderr: 'inherit',
      }),
  ],
];

describe.each(transports)('over %s', (_name, open) => {
  const client = shared(
    () => new Client({ name: 'millrace-tests', version: '1.0.0' }),
    (client) => client.close(),
  );
  beforeAll(async () => {
    await client.connect(open());
    await client.listTools();
  }, 60_000);

  const call = async (name: string, args: Record<string, unknown>) =>
    (await client.callTool({ name, arguments: args })) as {
      // biome-ignore lint/suspicious/noExplicitAny: what a stranger's client gets is unknown until it is looked at
      structuredContent: any;
      isError?: boolean;
    };

  test('lists tools, resources, templates and prompts', async () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'millrace' });
    expect((await client.listTools()).tools).toHaveLength(11);
    expect((await client.listResources()).resources).toHaveLength(2);
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(4);
    expect((await client.listPrompts()).prompts).toHaveLength(3);
    await client.ping();
  });

  test('submits, waits with progress, reads', async () => {
    const { structuredContent: submitted } = await call('submit_task', { prompt: 'calculate 1+1' });
    const { task_id } = submitted;
    let reports = 0;
    const waited = client.callTool({ name: 'wait_for_task', arguments: { task_id } }, undefined, {
      onprogress: () => {
        reports++;
      },
    });
    await eventually('progress is reported', () => reports > 0);
    await run(database.db, task_id, '2');
    expect((await waited).structuredContent).toMatchObject({ ended: true, output: { text: '2' } });
    const { structuredContent: result } = await call('get_task_result', { task_id });
    expect(result.untrusted_text).toBe('2');
  });

  test('reads, completes and gets notifications of resources', async () => {
    const { id } = await submit(database.db, newTask());
    const uri = `task://${id}`;
    const heard: string[] = [];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      heard.push(params.uri);
    });
    await client.subscribeResource({ uri });
    await eventually(
      'the client is notified of the change',
      async () => {
        await change(database.db, id);
        return heard.includes(uri);
      },
      { intervalMs: 100 },
    );
    const { contents } = await client.readResource({ uri });
    expect(JSON.parse(String(Object(contents[0]).text))).toMatchObject({ task_id: id });
    const ref = { type: 'ref/resource' as const, uri: 'task://{task_id}' };
    const { completion } = await client.complete({ ref, argument: { name: 'task_id', value: id } });
    expect(completion.values).toEqual([id]);
  });

  test('gets errors as results that models read', async () => {
    const { isError } = await call('get_task_status', { task_id: 'x' });
    expect(isError).toBe(true);
  });
});
