import { expect, test } from 'bun:test';
import type { Task } from '@millrace/contracts';
import { submit } from '@millrace/db';
import { freePort } from '@millrace/devstack';
import { newTask } from '../db/new-task.ts';
import { startChatServer } from '../executor/chat-server.ts';
import { startGateway } from '../gateway/gateway-process.ts';
import { startTestStack } from '../platform/test-stack.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

const CALLER_SPAN_ID = '00f067aa0ba902b7';
const USAGE = { prompt_tokens: 11, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } };

const lines: string[] = [];
const receiver = shared(startOtlpReceiver);
const provider = shared(() =>
  startChatServer(({ messages }, answer) => {
    const prompt = messages.find(({ role }) => role === 'user')?.content;
    if (prompt === 'refuse') return { status: 400, message: 'no' };
    if (messages.some(({ role }) => role === 'tool')) {
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
    env: {
      MODELS: 'builtin,fast=openai;model=vendor-fast',
      OPENAI_BASE_URL: provider.url,
      LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
    onLine: (source, line) => lines.push(`${source} ${line}`),
  }),
);

async function submitOverHttp(body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${platform.stack.gatewayUrl}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(202);
  return { task: (await response.json()) as Task, traceparent: response.headers.get('traceparent') };
}

/** The spans that a task led to, once its attempt has arrived. */
async function spansOf(taskId: string): Promise<ReceivedSpan[]> {
  const attempt = await eventually('the attempt is received', () =>
    receiver.spans.find(
      ({ name, attributes }) => name === 'task attempt' && attributes['millrace.task_id'] === taskId,
    ),
  );
  return receiver.spans.filter(({ traceId }) => traceId === attempt.traceId);
}

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0]!;
}

/** Submits until a message was faster than the rescue path: only the message carries the caller's trace. */
function submitUntilHeard(body: object) {
  return eventually('an attempt is started by its message', async () => {
    const traceId = crypto.randomUUID().replaceAll('-', '');
    const submitted = await submitOverHttp(body, { traceparent: `00-${traceId}-${CALLER_SPAN_ID}-01` });
    const spans = await spansOf(submitted.task.id);
    return spans.some((span) => span.traceId === traceId) && { ...submitted, traceId };
  });
}

test('a request, the attempt its message started, and its model and tool calls are one trace', async () => {
  const { task, traceparent, traceId } = await submitUntilHeard({ prompt: 'what is 1+1', model: 'fast' });
  await eventually('the request is received', async () =>
    (await spansOf(task.id)).some(({ name }) => name === 'POST /tasks'),
  );
  const spans = await spansOf(task.id);
  const request = only(spans, 'POST /tasks');
  const attempt = only(spans, 'task attempt');
  const turns = spans.filter(({ name }) => name === 'chat vendor-fast');
  const tool = only(spans, 'execute_tool calculator');

  expect(request).toMatchObject({
    service: 'millrace-gateway',
    traceId,
    parentSpanId: CALLER_SPAN_ID,
    kind: 2,
    statusCode: 0,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/tasks',
      'http.response.status_code': 202,
      'url.path': '/tasks',
      'millrace.task_id': task.id,
    },
  });
  expect(traceparent).toBe(`00-${traceId}-${request.spanId}-01`);
  expect(attempt).toMatchObject({
    service: 'millrace-executor',
    parentSpanId: request.spanId,
    kind: 5,
    statusCode: 0,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.destination.name': 'tasks.normal',
      'millrace.attempt': 1,
      'millrace.status': 'COMPLETED',
    },
  });
  expect(turns).toHaveLength(2);
  for (const turn of turns) {
    expect(turn).toMatchObject({
      service: 'millrace-executor',
      parentSpanId: attempt.spanId,
      kind: 3,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'vendor-fast',
        'gen_ai.usage.input_tokens': 11,
        'gen_ai.usage.output_tokens': 5,
      },
    });
    expect(turn.startMs).toBeGreaterThanOrEqual(attempt.startMs);
    expect(turn.endMs).toBeLessThanOrEqual(attempt.endMs);
  }
  expect(tool).toMatchObject({
    parentSpanId: attempt.spanId,
    attributes: { 'gen_ai.tool.name': 'calculator' },
  });
  expect(spans).toHaveLength(5);
  // No prompts, arguments or answers.
  expect(JSON.stringify(spans)).not.toContain('1+1');
});

test("a failure is an error with its code, on its own span and its parent's", async () => {
  const { task } = await submitOverHttp({ prompt: 'refuse', model: 'fast' });
  const spans = await spansOf(task.id);
  const failed = { statusCode: 2, attributes: { 'error.type': 'provider_rejected' } };
  expect(only(spans, 'chat vendor-fast')).toMatchObject(failed);
  expect(only(spans, 'task attempt')).toMatchObject(failed);
});

test('a task without a message starts its own trace', async () => {
  const { id } = await submit(platform.db, newTask({ prompt: 'calculate 1+1' }));
  const spans = await spansOf(id);
  expect(only(spans, 'task attempt')).toMatchObject({ parentSpanId: '', kind: 1 });
  expect(only(spans, 'execute_tool calculator').parentSpanId).toBe(only(spans, 'task attempt').spanId);
});

test('for an unsampled caller nothing is traced, and its task runs', async () => {
  const traceId = '11111111111111111111111111111111';
  const { task } = await submitOverHttp(
    { prompt: 'calculate 1+1' },
    { traceparent: `00-${traceId}-${CALLER_SPAN_ID}-00` },
  );
  await platform.ended(task.id);
  const { task: later } = await submitOverHttp({ prompt: 'calculate 1+1' });
  await spansOf(later.id);
  expect(receiver.spans.filter((span) => span.traceId === traceId)).toEqual([]);
});

test('log lines of an attempt carry its task, attempt and trace', async () => {
  const { task } = await submitOverHttp({ prompt: 'calculate 1+1' });
  const [attempt] = (await spansOf(task.id)).filter(({ name }) => name === 'task attempt');
  const line = await eventually('the attempt is logged', () =>
    lines.find(
      (text) => text.startsWith('executor') && text.includes('attempt ended') && text.includes(task.id),
    ),
  );
  expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({
    task_id: task.id,
    attempt: 1,
    trace_id: attempt!.traceId,
  });
});

test('without a receiver, tasks still complete and every service exits cleanly and in time', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const said: string[] = [];
  await using alone = await startTestStack({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    onLine: (source, line) => said.push(`${source} ${line}`),
  });
  for (let i = 0; i < 5; i++) await alone.post({ prompt: 'calculate 1+1' });
  await alone.untilEnded(5);
  const begun = performance.now();
  await alone.stack.stop();
  expect(performance.now() - begun).toBeLessThan(10_000);
  const stopped = said.filter((line) => line.includes('"msg":"stopped"'));
  expect(stopped.map((line) => line.split(' ')[0]).sort()).toEqual(['broker', 'executor-1', 'gateway']);
  expect(said.filter((line) => line.includes('did not stop cleanly'))).toEqual([]);
}, 60_000);

test("pending spans are sent at shutdown, by OpenTelemetry's default protocol", async () => {
  await using database = await createTestDatabase(1);
  await using gateway = await startGateway({
    DATABASE_URL: database.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  });
  const before = receiver.contentTypes.length;
  expect((await fetch(`${gateway.url}/tasks/${Bun.randomUUIDv7()}`)).status).toBe(404);
  gateway.signal('SIGTERM');
  expect(await gateway.exited).toBe(0);
  expect(receiver.contentTypes.slice(before)).toContain('application/x-protobuf');
}, 60_000);
