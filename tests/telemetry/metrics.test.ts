import { beforeAll, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { submit } from '@millrace/db';
import { repositoryRoot } from '@millrace/devstack';
import { newTask } from '../db/new-task.ts';
import { startChatServer } from '../executor/chat-server.ts';
import { rawExchange } from '../mcp/raw-client.ts';
import { startTestStack } from '../platform/test-stack.ts';
import { shared } from '../shared.ts';
import { eventually } from '../waiting.ts';
import { type Scrape, scrape } from './scrape.ts';

const SERVICES = ['gateway', 'executor', 'mcp'] as const;
const USAGE = { prompt_tokens: 11, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } };
/** As many tries as an attempt makes. */
const FLAKY_REFUSALS = 3;

type Scrapes = Record<(typeof SERVICES)[number], Scrape>;

let refusals = 0;
const provider = shared(() =>
  startChatServer(({ messages }, answer) => {
    const prompt = messages.find(({ role }) => role === 'user')?.content;
    if (prompt === 'flaky' && refusals++ < FLAKY_REFUSALS) return { status: 503, message: 'later' };
    if (prompt === 'flaky' || messages.some(({ role }) => role === 'tool')) {
      answer.text('two');
      answer.finish('stop', USAGE);
    } else {
      answer.calls({ id: 'a', name: 'calculator', arguments: '{"expression":"1+1"}' });
      answer.finish('tool_calls', USAGE);
    }
    return undefined;
  }),
);
const platform = shared(() =>
  startTestStack({
    parts: ['broker', 'gateway', 'executor', 'mcp'],
    env: { MODELS: 'builtin,fast=openai', OPENAI_BASE_URL: provider.url },
  }),
);
let before: Scrapes;
let after: Scrapes;

beforeAll(async () => {
  await eventually('everything is connected', async () => {
    const { gateway, executor } = await scrapeAll();
    return [gateway, executor].every((service) => service.value('millrace_stream_connected') === 1);
  });
  before = await scrapeAll();
  await work();
  after = await eventually('all of it is counted', async () => {
    const scrapes = await scrapeAll();
    expect(scrapes.executor.value('millrace_attempts_running')).toBe(0);
    expect(scrapes.executor.value('millrace_db_batch_size_sum', { verb: 'complete' })).toBe(6);
    expect(scrapes.executor.value('millrace_consumer_lag_messages', { topic: 'tasks.normal' })).toBe(0);
    expect(scrapes.gateway.value('millrace_tasks', { status: 'PENDING' })).toBe(0);
    return scrapes;
  });
}, 90_000);

async function scrapeAll(): Promise<Scrapes> {
  const { gatewayUrl, executorHealthUrls, mcpUrl } = platform.stack;
  const [gateway, executor, mcp] = await Promise.all(
    [gatewayUrl, executorHealthUrls[0]!, mcpUrl].map((url) => scrape(new URL(url).origin)),
  );
  return { gateway: gateway!, executor: executor!, mcp: mcp! };
}

/** Some of every kind: what is counted afterwards follows from this alone. */
async function work(): Promise<void> {
  const { gatewayUrl, mcpUrl } = platform.stack;
  const send = (method: string, path: string, body?: object) =>
    fetch(`${gatewayUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : null,
    });
  for (let i = 0; i < 3; i++) await platform.post({ prompt: 'calculate 1+1' });
  await platform.post({ prompt: 'sing a song' });
  await platform.post({ prompt: 'what is 1+1', model: 'fast' });
  await platform.post({ prompt: 'flaky', model: 'fast' });
  const delayed = await platform.post({ prompt: 'calculate 1+1', delay_ms: 3_600_000 });
  expect((await send('POST', `/tasks/${delayed.id}/cancel`)).status).toBe(200);
  expect((await send('POST', '/tasks', { prompt: 'x', model: 'made-up-model' })).status).toBe(422);
  expect((await send('GET', '/made-up-path')).status).toBe(404);
  expect((await send('OPTIONS', '/tasks')).status).toBe(204);
  // Another gateway knows more models.
  await submit(platform.db, newTask({ model: 'made-up-model', max_attempts: 1 }));

  const call = (name: string, args: object) =>
    rawExchange(new URL(mcpUrl), { method: 'tools/call', params: { name, arguments: args } });
  await call('submit_task', { prompt: 'calculate 1+1' });
  await call('get_task', { task_id: Bun.randomUUIDv7() });
  await call('made_up_tool', {});
  await rawExchange(new URL(mcpUrl), { method: 'made/up' });
  await platform.untilEnded(9);
}

describe('the gateway', () => {
  test.each<[string, Record<string, string>, number]>([
    ['millrace_tasks_submitted_total', { model: 'builtin' }, 5],
    ['millrace_tasks_submitted_total', { model: 'fast' }, 2],
    ['millrace_tasks_finished_total', { model: 'builtin', status: 'CANCELLED' }, 1],
    ['millrace_http_requests_total', { method: 'POST', route: '/tasks', status: '202' }, 7],
    ['millrace_http_requests_total', { method: 'POST', route: '/tasks', status: '422' }, 1],
    ['millrace_http_requests_total', { method: 'POST', route: '/tasks/:id/cancel', status: '200' }, 1],
    ['millrace_http_requests_total', { method: 'GET', route: 'unmatched', status: '404' }, 1],
    ['millrace_http_requests_total', { method: 'OPTIONS', route: 'unmatched', status: '204' }, 1],
    ['millrace_http_request_duration_seconds_count', { method: 'POST', route: '/tasks' }, 8],
    ['millrace_db_batch_size_sum', { verb: 'submit' }, 7],
    ['millrace_db_errors_total', { verb: 'submit' }, 0],
    ['millrace_messages_produced_total', { topic: 'tasks.normal' }, 6],
    ['millrace_messages_produced_total', { topic: 'task.events' }, 1],
    ['millrace_tasks', { status: 'PENDING' }, 0],
    ['millrace_tasks', { status: 'RUNNING' }, 0],
    ['millrace_oldest_pending_age_seconds', {}, 0],
    ['millrace_stream_connected', {}, 1],
    // The scrape itself.
    ['millrace_http_requests_in_flight', {}, 1],
  ])('%s%j is %d', (name, labels, value) => expect(after.gateway.value(name, labels)).toBe(value));
});

describe('the executor', () => {
  test.each<[string, Record<string, string>, number]>([
    ['millrace_tasks_finished_total', { model: 'builtin', status: 'COMPLETED' }, 4],
    ['millrace_tasks_finished_total', { model: 'builtin', status: 'FAILED' }, 1],
    ['millrace_tasks_finished_total', { model: 'fast', status: 'COMPLETED' }, 2],
    ['millrace_tasks_finished_total', { model: 'fast', status: 'FAILED' }, 0],
    ['millrace_tasks_finished_total', { model: '_other', status: 'FAILED' }, 1],
    ['millrace_task_retries_total', { model: 'fast', code: 'provider_error' }, 1],
    ['millrace_task_queue_seconds_count', { model: 'builtin' }, 5],
    ['millrace_task_queue_seconds_count', { model: 'fast' }, 3],
    ['millrace_task_run_seconds_count', { model: 'builtin' }, 5],
    ['millrace_task_run_seconds_count', { model: 'fast' }, 3],
    ['millrace_task_latency_seconds_count', { model: 'builtin' }, 5],
    ['millrace_task_latency_seconds_count', { model: 'fast' }, 2],
    ['millrace_claims_total', { path: 'lost' }, 0],
    ['millrace_leases_lost_total', {}, 0],
    ['millrace_executor_slots', {}, 32],
    ['millrace_db_batch_size_sum', { verb: 'fail' }, 3],
    ['millrace_db_batch_size_sum', { verb: 'checkpoint' }, 4],
    ['millrace_db_errors_total', { verb: 'complete' }, 0],
    ['millrace_model_calls_total', { model: 'fast', outcome: 'ok' }, 3],
    ['millrace_model_calls_total', { model: 'fast', outcome: 'provider_error' }, FLAKY_REFUSALS],
    ['millrace_model_call_duration_seconds_count', { model: 'fast' }, 3 + FLAKY_REFUSALS],
    ['millrace_model_tokens_total', { model: 'fast', type: 'input' }, 3 * 7],
    ['millrace_model_tokens_total', { model: 'fast', type: 'cached_input' }, 3 * 4],
    ['millrace_model_tokens_total', { model: 'fast', type: 'output' }, 3 * 5],
    ['millrace_messages_produced_total', { topic: 'tasks.dead' }, 2],
  ])('%s%j is %d', (name, labels, value) => expect(after.executor.value(name, labels)).toBe(value));

  test('claims tasks from messages, and finds the rest: a retry, a task from MCP, and one without a message', () => {
    const stream = after.executor.value('millrace_claims_total', { path: 'stream' })!;
    const rescue = after.executor.value('millrace_claims_total', { path: 'rescue' })!;
    expect(stream + rescue).toBe(9);
    expect(rescue).toBeGreaterThanOrEqual(3);
  });

  test('measures plausible times: a queue shorter than the latency, and no run longer', () => {
    const sum = (name: string) => after.executor.value(`${name}_sum`, { model: 'builtin' })!;
    expect(sum('millrace_task_queue_seconds')).toBeGreaterThan(0);
    expect(sum('millrace_task_run_seconds')).toBeGreaterThan(0);
    expect(sum('millrace_task_latency_seconds')).toBeCloseTo(
      sum('millrace_task_queue_seconds') + sum('millrace_task_run_seconds'),
      3,
    );
  });
});

describe('MCP', () => {
  test.each<[string, Record<string, string>, number]>([
    ['millrace_tasks_submitted_total', { model: 'builtin' }, 1],
    ['millrace_mcp_requests_total', { method: 'tools/call', outcome: 'ok' }, 1],
    ['millrace_mcp_requests_total', { method: 'tools/call', outcome: 'tool_error' }, 1],
    ['millrace_mcp_requests_total', { method: 'tools/call', outcome: 'error' }, 1],
    ['millrace_db_batch_size_sum', { verb: 'submit' }, 1],
  ])('%s%j is %d', (name, labels, value) => expect(after.mcp.value(name, labels)).toBe(value));
});

describe('every service', () => {
  test.each(SERVICES)(
    '%s identifies itself, reports on its process, and never counts backwards',
    (service) => {
      const version = '0.1.0';
      expect(after[service].value('millrace_build_info', { service, version })).toBe(1);
      expect(after[service].value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
      expect(after[service].value('process_cpu_seconds_total')).toBeGreaterThan(0);
      expect(after[service].value('millrace_event_loop_delay_seconds_count')).toBeGreaterThan(0);
      expect(after[service].fallenSince(before[service])).toEqual([]);
    },
  );

  test('creates no series from client input', () => {
    const labels = SERVICES.flatMap((service) => [...after[service].families.values()])
      .flatMap(({ samples }) => samples)
      .map((sample) => JSON.stringify(sample.labels));
    expect(labels.filter((text) => text.includes('made'))).toEqual([]);
  });

  test('is documented, metric by metric, with type, labels and services', async () => {
    const documented = await readDocumentation();
    const served = new Map<string, { type: string; services: string[]; labels: Set<string> }>();
    for (const service of SERVICES) {
      for (const { name, type, samples } of after[service].families.values()) {
        if (name.startsWith('process_')) continue;
        const entry = served.get(name) ?? { type, services: [], labels: new Set<string>() };
        served.set(name, entry);
        entry.services.push(service);
        for (const { labels } of samples) for (const label of Object.keys(labels)) entry.labels.add(label);
      }
    }
    const rows = [...served].map(([name, { type, services, labels }]) => ({
      name,
      type,
      labels: [...labels].filter((label) => label !== 'le').sort(),
      services,
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(documented.sort(byName)).toEqual(rows.sort(byName));
  });
});

/** The rows of the tables in docs/observability.md: name, type, labels, services, meaning. */
async function readDocumentation() {
  const text = await readFile(join(repositoryRoot, 'docs/observability.md'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, name = '', type = '', labels = '', services = '', meaning] = line
      .split('|')
      .map((cell) => cell.trim());
    if (!name.startsWith('`millrace_') || !meaning) return [];
    const listed = (cell: string): string[] => [...(cell.match(/\w+/g) ?? [])];
    const where = services === 'all' ? [...SERVICES] : listed(services);
    return [{ name: name.slice(1, -1), type, labels: listed(labels).sort(), services: where }];
  });
}
