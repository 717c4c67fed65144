import { describe, expect, test } from 'bun:test';
import { Task } from '@millrace/contracts';
import { getTask, UNRESTRICTED } from '@millrace/db';
import { lockTable } from '../open-transaction.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually, within } from '../waiting.ts';
import { bodyOf, createGateway, problemIn } from './gateway.ts';

const database = shared(createTestDatabase);
const gateway = shared(() => createGateway(database.db));

async function submitted(body: unknown): Promise<Task> {
  const response = await gateway.send('POST', '/tasks', body);
  expect(response.status).toBe(202);
  return (await response.json()) as Task;
}

test('answers 202 with the stored task and its location', async () => {
  const response = await gateway.send('POST', '/tasks', { prompt: '计算 1+1', priority: 9 });
  expect(response.status).toBe(202);
  expect(response.headers.get('content-type')).toStartWith('application/json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const task = await bodyOf(Task, response);
  expect(response.headers.get('location')).toBe(`/tasks/${task.id}`);
  expect(await getTask(database.db, UNRESTRICTED, task.id)).toEqual(task);
  const read = await gateway.send('GET', `/tasks/${task.id}`);
  expect(read.status).toBe(200);
  expect((await read.json()) as Task).toEqual(task);
});

test('fills in defaults', async () => {
  expect(await submitted({ prompt: 'what time is it' })).toMatchObject({
    model: 'builtin',
    priority: 5,
    status: 'PENDING',
    max_attempts: 3,
    timeout_ms: 300_000,
    metadata: {},
    attempts: 0,
    result: null,
  });
});

test('keeps every field as given', async () => {
  const given = {
    prompt: ' "quoted"\n\\ 🎡\u2028 ',
    model: 'simulated',
    priority: 0,
    max_attempts: 20,
    timeout_ms: 100,
    metadata: { 'a.b:c-d_E': "it's", empty: '' },
  };
  const task = await submitted(given);
  expect(task).toMatchObject(given);
  expect(await getTask(database.db, UNRESTRICTED, task.id)).toMatchObject(given);
});

test('accepts a prompt of 100,000 characters, and metadata named __proto__', async () => {
  const prompt = '计'.repeat(100_000);
  expect((await submitted({ prompt })).prompt).toBe(prompt);
  const task = await submitted('{"prompt":"x","metadata":{"__proto__":"kept"}}');
  const stored = await getTask(database.db, UNRESTRICTED, task.id);
  expect(Object.entries(stored?.metadata ?? {})).toEqual([['__proto__', 'kept']]);
});

describe('run_at', () => {
  test('in the future delays the task, in the past does not', async () => {
    const later = await submitted({ prompt: 'x', run_at: '2999-01-01T01:00:00+01:00' });
    expect(later.run_at).toBe('2999-01-01T00:00:00.000Z');
    const past = await submitted({ prompt: 'x', run_at: '2001-01-01T00:00:00Z' });
    expect(past.run_at).toBe(past.created_at);
  });

  test.each(['0001-01-01T00:00:00+14:00', '9999-12-30T23:59:59.999999999-14:00', '2024-02-29t00:00:00z'])(
    'may be %s, because Postgres can store it',
    async (run_at) => {
      await submitted({ prompt: 'x', run_at });
    },
  );
});

test('delay_ms counts from the moment of storing', async () => {
  const task = await submitted({ prompt: 'x', delay_ms: 3_600_000 });
  expect(Date.parse(task.run_at) - Date.parse(task.created_at)).toBe(3_600_000);
  const none = await submitted({ prompt: 'x', delay_ms: 0 });
  expect(none.run_at).toBe(none.created_at);
});

describe('traceparent', () => {
  const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headers = { 'content-type': 'application/json', traceparent: given };

  test('is taken from the request', async () => {
    const response = await gateway.send('POST', '/tasks', { prompt: 'x' }, headers);
    expect(response.headers.get('traceparent')).toBe(given);
    const refused = await gateway.send('POST', '/tasks', {}, headers);
    expect(refused.headers.get('traceparent')).toBe(given);
  });

  test('is new if the request has no valid one', async () => {
    const response = await gateway.send('POST', '/tasks', { prompt: 'x' }, { ...headers, traceparent: 'x' });
    expect(response.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

test.each([
  ['submissions', 'POST', '/tasks', { prompt: 'x' }, 202],
  ['reads', 'GET', '/tasks/:id', undefined, 200],
  ['cancellations', 'POST', '/tasks/:id/cancel', undefined, 200],
  ['retries', 'POST', '/tasks/:id/retry', undefined, 409],
])(
  '%s beyond the in-flight limit are refused, and accepted again afterwards',
  async (what, method, path, body, status) => {
    const { id } = await submitted({ prompt: 'x' });
    const busy = createGateway(database.db, { maxInFlight: 2 });
    const send = () => busy.send(method, path.replace(':id', id), body);
    // No statement gets at the table while another transaction has it locked.
    await using locked = await lockTable(database.db, 'tasks');
    const waiting = [send(), send()];
    const refused = await within('one is refused', 5_000, send());
    expect(refused.headers.get('retry-after')).toBe('1');
    const detail = `2 ${what} are in progress here; try again shortly.`;
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'overloaded', detail });
    await locked[Symbol.asyncDispose]();
    expect((await Promise.all(waiting)).map((answer) => answer.status)).toEqual([status, status]);
    await eventually('they are taken again', async () => (await send()).status === status);
  },
);

test.each([
  ['/tasks', { prompt: 'x' }],
  ['/tasks/retry', { status: 'FAILED' }],
])('the room that a body of POST %s takes is given back', async (path, body) => {
  const roomy = createGateway(database.db, { bodyLimitBytes: 64 * 1024 * 1024 });
  // Only the length counts before the body has arrived.
  const headers = { 'content-type': 'application/json', 'content-length': '60000000' };
  for (let i = 0; i < 3; i++) expect((await roomy.send('POST', path, body, headers)).status).toBe(202);
});
