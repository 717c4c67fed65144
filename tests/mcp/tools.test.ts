import { beforeAll, describe, expect, test } from 'bun:test';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { CONNECTIONS, call, connectOverHttp, connectOverStdio, REVISIONS } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { createTasks, LONG_OUTPUT, type TaskIds } from './tasks.ts';

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));
let ids: TaskIds;
beforeAll(async () => {
  ids = await createTasks(database.db);
});

describe.each(CONNECTIONS)('over %s, %s era', (transport, era) => {
  const client = shared(() =>
    transport === 'http' ? connectOverHttp(http.url, era) : connectOverStdio(database.url, era),
  );
  beforeAll(async () => {
    // The client checks answers against the schemas it has listed.
    await client.listTools();
  }, 60_000);
  const read = (name: string, args: object = {}) => call(client, name, { ...args });

  test('presents itself and its tools, each with every hint', async () => {
    expect(client.getNegotiatedProtocolVersion()).toBe(REVISIONS[era]);
    expect(client.getServerVersion()).toMatchObject({ name: 'millrace', version: '0.1.0' });
    expect(client.getInstructions()).toContain('wait_for_task');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'submit_task',
      'wait_for_task',
      'get_task_status',
      'get_task_result',
      'get_task',
      'get_task_timeline',
      'list_tasks',
      'get_queue_stats',
      'list_models',
      'cancel_task',
      'retry_task',
    ]);
    for (const { title, description, inputSchema, outputSchema, annotations } of tools) {
      expect(title).toBeString();
      expect(description?.length).toBeWithin(100, 500);
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
      expect(Object.keys(annotations ?? {}).sort()).toEqual(hints.sort());
    }
    const writing = tools.filter(({ annotations }) => !annotations?.readOnlyHint).map(({ name }) => name);
    expect(writing).toEqual(['submit_task', 'cancel_task', 'retry_task']);
    // Custom formats would make strict clients refuse the tool.
    const formats = JSON.stringify(tools).matchAll(/"format":"([^"]*)"/g);
    expect([...new Set(formats.map(([, format]) => format))].sort()).toEqual(['date-time', 'uuid']);
  });

  test('get_task_status reads a finished task, as structure and as text', async () => {
    const { isError, text, structured } = await read('get_task_status', { task_id: ids.done });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({
      task_id: ids.done,
      status: 'COMPLETED',
      model: 'builtin',
      prompt: { untrusted: true, text: 'calculate 1+1', length: 13, truncated: false },
      output: { untrusted: true, text: '2', length: 1, truncated: false },
      error: null,
      attempts: 1,
      max_attempts: 3,
      next: 'Nothing: the output is complete here.',
    });
    expect(text).toStartWith(`Task ${ids.done} is COMPLETED: model builtin, priority 5, attempt 1 of 3.`);
    expect(text).toMatch(/Output, 1 characters \(data, not .*\):\n<(untrusted-\w+)>\n2\n<\/\1>/);
  });

  test('get_task_status reads tasks in every other state, and says what to do next', async () => {
    const status = async (task_id: string) => (await read('get_task_status', { task_id })).structured;
    expect(await status(ids.failed)).toMatchObject({
      status: 'FAILED',
      output: null,
      error: { code: 'not_understood', message: { untrusted: true, text: 'cannot sing' }, retryable: false },
      next: expect.stringMatching(/get_task_timeline .*likely to fail again/),
    });
    expect(await status(ids.running)).toMatchObject({
      status: 'RUNNING',
      next: expect.stringContaining('wait_for_task'),
    });
    expect(await status(ids.retried)).toMatchObject({
      status: 'PENDING',
      attempts: 1,
      error: { code: 'model_unavailable' },
      next: expect.stringContaining('retried automatically at'),
    });
    expect(await status(ids.cancelled)).toMatchObject({ status: 'CANCELLED', error: null });
    expect(await status(ids.waiting)).toMatchObject({
      status: 'PENDING',
      attempts: 0,
      // Cut before the character that would have been split.
      prompt: { text: 'x'.repeat(299), length: 3_300, truncated: true },
    });
    expect(await status(ids.long)).toMatchObject({
      output: { truncated: true },
      next: expect.stringContaining('get_task_result'),
    });
  });

  test.each(['get_task_status', 'get_task', 'get_task_timeline', 'list_tasks'])(
    '%s gives the current time',
    async (name) => {
      const asked = Date.now();
      const { structured, text } = await read(name, name === 'list_tasks' ? {} : { task_id: ids.waiting });
      expect(Date.parse(structured.now)).toBeWithin(asked, Date.now() + 1);
      expect(text.toLowerCase()).toContain(`now it is ${structured.now.toLowerCase()}`);
    },
  );

  test('get_task reads everything else, with no text longer than 2 kB', async () => {
    expect((await read('get_task', { task_id: ids.done })).structured).toMatchObject({
      task_id: ids.done,
      timeout_ms: 60_000,
      system: null,
      untrusted_metadata: { team: 'search' },
      usage: { input_tokens: 3, output_tokens: 1 },
    });
    const { structured, text } = await read('get_task', { task_id: ids.long });
    expect(Buffer.byteLength(structured.output.text)).toBeWithin(1_990, 2_001);
    expect(structured.output).toMatchObject({ length: [...LONG_OUTPUT].length, truncated: true });
    expect(text).toContain('get_task_result');
    expect((await read('get_task', { task_id: ids.waiting })).structured.prompt.truncated).toBe(true);
  });

  test('get_task_result reads an output in chunks that join to the whole', async () => {
    let output = '';
    let offset: number | null = 0;
    while (offset !== null) {
      const args = { task_id: ids.long, length: 5_001, offset };
      const { structured } = await read('get_task_result', args);
      expect(structured).toMatchObject({ offset, total_length: [...LONG_OUTPUT].length });
      output += structured.untrusted_text;
      offset = structured.next_offset;
    }
    expect(output).toBe(LONG_OUTPUT);
    const { text } = await read('get_task_result', { task_id: ids.long });
    expect(text).toContain('Next: call get_task_result with offset 8000.');
    // A chunk as long as the output is the last one.
    const last = await read('get_task_result', { task_id: ids.done, length: 1 });
    expect(last.text).toContain('the end of the output');
    expect(last.structured).toMatchObject({ untrusted_text: '2', next_offset: null });
  });

  test.each([
    ['failed', /FAILED \(not_understood\) and has no output\. Call get_task_status/],
    ['running', /is RUNNING and has no output yet\. Call wait_for_task/],
    ['cancelled', /was CANCELLED and has no output/],
  ] as const)('get_task_result of a %s task says what to call instead', async (name, message) => {
    const { isError, text } = await read('get_task_result', { task_id: ids[name] });
    expect([isError, text]).toEqual([true, expect.stringMatching(message)]);
  });

  test('get_task_result refuses an offset past the end', async () => {
    const { isError, text } = await read('get_task_result', { task_id: ids.done, offset: 9 });
    expect([isError, text]).toEqual([true, expect.stringContaining('the output has 1 characters')]);
  });

  test('get_task_timeline reads attempts and the steps under them', async () => {
    const { structured, text } = await read('get_task_timeline', { task_id: ids.running });
    expect(structured).toMatchObject({ status: 'RUNNING', total: 3, next_offset: null });
    expect(structured.entries).toMatchObject([
      { kind: 'attempt', attempt: 1, status: 'RUNNING', executor: 'executor-a', ended_at: null, error: null },
      { kind: 'step', seq: 1, of: 'model', name: 'simulated', arguments: null, tool_calls: ['time'] },
      { kind: 'step', seq: 2, of: 'tool', arguments: { text: '{"zone":"UTC"}' }, output: { text: 'noon' } },
    ]);
    expect(text).toMatch(/Step 2, tool time with "\{\\"zone\\":\\"UTC\\"\}", \d+ ms: "noon"/);
    const failed = await read('get_task_timeline', { task_id: ids.failed });
    expect(failed.structured.entries).toMatchObject([
      { status: 'FAILED', error: { code: 'not_understood', message: { text: 'cannot sing' } } },
    ]);
    expect(failed.text).toContain('error not_understood: "cannot sing"');
  });

  test('get_task_timeline pages', async () => {
    const page = async (offset: number) =>
      (await read('get_task_timeline', { task_id: ids.running, limit: 2, offset })).structured;
    expect(await page(0)).toMatchObject({ total: 3, next_offset: 2, entries: [{}, {}] });
    expect(await page(2)).toMatchObject({ next_offset: null, entries: [{ seq: 2 }] });
    expect((await page(9)).entries).toEqual([]);
  });

  test('list_tasks pages, newest first', async () => {
    const newestFirst = Object.values(ids).toSorted().toReversed();
    const { structured: first, text } = await read('list_tasks', { limit: 3 });
    expect(first.tasks.map(({ task_id }: { task_id: string }) => task_id)).toEqual(newestFirst.slice(0, 3));
    expect(text).toContain(`cursor ${first.next_cursor}`);
    const rest = (await read('list_tasks', { limit: 50, cursor: first.next_cursor })).structured;
    expect(rest.tasks.map(({ task_id }: { task_id: string }) => task_id)).toEqual(newestFirst.slice(3));
    expect(rest.next_cursor).toBeNull();
    expect(newestFirst[2]).toBe(ids.waiting);
    expect(first.tasks[2].untrusted_prompt_excerpt).toBe(`${'x'.repeat(200)}…`);
    expect(first.tasks[1].untrusted_prompt_excerpt).toBe('write a lot');
  });

  test.each([
    [{ status: 'FAILED' }, ['failed']],
    [{ status: 'PENDING' }, ['waiting', 'retried']],
    [{ model: 'simulated' }, ['running']],
    [{ text: 'CALCULATE' }, ['cancelled', 'retried', 'done']],
    [{ text: '100%' }, ['failed']],
    [{ priority: 9 }, []],
    [{ created_before: '2020-01-01T00:00:00Z' }, []],
    [{ status: 'COMPLETED', model: 'simulated' }, []],
  ] as [object, (keyof TaskIds)[]][])('list_tasks by %j', async (query, expected) => {
    const { structured } = await read('list_tasks', query);
    const found = structured.tasks.map(({ task_id }: { task_id: string }) => task_id);
    expect(found.toSorted()).toEqual(expected.map((name) => ids[name]).toSorted());
  });

  test('get_queue_stats and list_models', async () => {
    const stats = await read('get_queue_stats');
    expect(stats.structured.counts).toEqual({
      PENDING: 2,
      RUNNING: 1,
      COMPLETED: 2,
      FAILED: 1,
      CANCELLED: 1,
    });
    expect(stats.text).toContain('2 PENDING, 1 RUNNING, 2 COMPLETED, 1 FAILED, 1 CANCELLED.');
    const models = await read('list_models');
    expect(models.structured.models).toMatchObject([
      { id: 'builtin', provider: 'builtin', default: true },
      { id: 'simulated', default: false, concurrency: null, price_usd_per_million_tokens: null },
      { id: 'gpt-4', provider: 'builtin', default: false },
    ]);
    expect(models.text).toContain('- builtin (builtin): the default');
  });
});
