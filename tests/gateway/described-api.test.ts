import { beforeAll, expect, test } from 'bun:test';
import { KeyVerifier, RateLimiter } from '@millrace/access';
import type { Task } from '@millrace/contracts';
import { newTaskId } from '@millrace/db';
import { apiKeys, type GatewayContext } from '@millrace/gateway/app';
import { createLogger } from '@millrace/runtime';
import { makeKey, type TestKey } from '../access/make-key.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { DescribedApi, type Description, typeOf } from './described-api.ts';
import { finishTask } from './finish-task.ts';
import { createGatewayApp, createStreams, createWaiters } from './gateway.ts';

type App = ReturnType<typeof createGatewayApp>;

let app: App;
let api: DescribedApi;
let usual: Headers;
let key: TestKey;
const database = shared(createTestDatabase);
beforeAll(async () => {
  app = createApp();
  api = new DescribedApi((await (await ask(app, 'GET', '/swagger/json')).json()) as Description);
  usual = (await ask(app, 'GET', '/health')).headers;
  key = await makeKey(database.db);
}, 60_000);

function createApp(changes: Partial<GatewayContext> = {}): App {
  const schema = { missing: () => undefined };
  const logger = createLogger('described-test', 'error', 'stderr');
  const verifier = new KeyVerifier({ db: database.db, logger });
  return createGatewayApp(database.db, {
    ...apiKeys({ verifier, limiter: new RateLimiter(), schema: changes.schema ?? schema }),
    schema,
    batchBodyLimitBytes: 1536 * 1024,
    ...changes,
  });
}

interface Asked {
  readonly id?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function ask(to: App, method: string, path: string, asked: Asked = {}): Promise<Response> {
  const { id = newTaskId(), query = '', body, headers = {} } = asked;
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const url = `http://localhost${path.replace('{id}', id)}${query}`;
  return to.handle(new Request(url, { method, headers, body: raw ?? null }));
}

/** Resolves with the body, if that is JSON, once the whole answer is as described. */
async function described(to: App, operation: string, asked: Asked = {}): Promise<unknown> {
  const [method = '', path = ''] = operation.split(' ');
  const answer = await ask(to, method, path, { ...asked, headers: { ...key.headers, ...asked.headers } });
  const body = typeOf(answer).endsWith('json') ? await answer.json() : await answer.body?.cancel();
  const differences = api.differences(method, path, answer, usual, body);
  expect({ operation, differences }).toEqual({ operation, differences: [] });
  return body;
}

const GOOD = { prompt: 'calculate 1+1' };
/** What to send where a route takes a body. */
const BODIES: Record<string, unknown> = {
  'POST /tasks': GOOD,
  'POST /tasks/batch': { tasks: [GOOD, {}] },
  'POST /tasks/retry': { status: 'FAILED' },
};
const OPEN = /\/(health|metrics)/;

const operations = () => [...new Set(api.described().map((name) => name.split(' ').slice(0, 2).join(' ')))];

test('whatever an operation is asked for, its answer is as described', async () => {
  const missing = createApp({ schema: { missing: () => 'it is being migrated' } });
  const full = createApp({
    maxInFlight: 0,
    waiters: createWaiters(database.db, 0),
    streams: createStreams(database.db, { maxStreams: 0 }),
  });
  const reader = await makeKey(database.db, { name: 'reader', scopes: ['tasks:read'] });
  const writer = await makeKey(database.db, { name: 'writer', scopes: ['tasks:write'] });
  for (const operation of operations()) {
    const body = BODIES[operation];
    const { id } = (await described(app, 'POST /tasks', { body: GOOD })) as Task;
    await described(app, operation, { id, body });
    await described(missing, operation, { id, body });
    await described(full, operation, { id, body });
    if (OPEN.test(operation)) continue;
    const { headers } = await makeKey(database.db, { name: operation, rate_limit: 1 });
    for (let i = 0; i < 2; i++) await described(app, operation, { id, body, headers: { ...headers } });
    const other = operation.startsWith('GET') ? writer : reader;
    await described(app, operation, { id, body, headers: { ...other.headers } });
    await described(app, operation, { id, body, headers: { authorization: 'Bearer mrt_x' } });
    await described(app, operation, { id, body, query: '?unknown=1' });
    if (operation.includes('{id}')) await described(app, operation, { body });
    if (body === undefined) continue;
    const bodies = ['', '{}', new Uint8Array([0xff]), 'x'.repeat(2_000_000)];
    for (const wrong of bodies) await described(app, operation, { body: wrong });
    await described(app, operation, { body, headers: { 'content-type': 'text/plain' } });
  }

  const first = { body: GOOD, headers: { 'idempotency-key': 'k', prefer: 'wait=0' } };
  const { id } = (await described(app, 'POST /tasks', first)) as Task;
  await described(app, 'POST /tasks', { body: GOOD, headers: { 'idempotency-key': 'k' } });
  await described(app, 'POST /tasks', { body: { prompt: 'x' }, headers: { 'idempotency-key': 'k' } });
  await described(app, 'POST /tasks', { body: { prompt: 'x', model: 'gpt-9' } });
  await described(app, 'POST /tasks/batch', { body: { tasks: [GOOD], atomic: true } });
  for (const tasks of [[GOOD], [GOOD], [GOOD, GOOD]]) {
    await described(app, 'POST /tasks/batch', { body: { tasks }, headers: { 'idempotency-key': 'k' } });
  }
  for (let i = 0; i < 2; i++) {
    const body = { tasks: [GOOD], atomic: true };
    await described(app, 'POST /tasks/batch', { body, headers: { 'idempotency-key': 'atomic' } });
  }
  await finishTask(database.db, id);
  await described(app, 'POST /tasks/{id}/cancel', { id });
  for (const part of ['', '/attempts', '/steps', '/events']) {
    await described(app, `GET /tasks/{id}${part}`, { id });
  }
  await described(app, 'GET /tasks/{id}/events', { id, headers: { 'last-event-id': '1.0.end' } });
  await described(app, 'POST /tasks/{id}/retry', { id });

  const { headers } = await makeKey(database.db, { name: 'full', max_open_tasks: 1 });
  const limited = { headers: { ...headers } };
  const ended = (await described(app, 'POST /tasks', { ...limited, body: GOOD })) as Task;
  await finishTask(database.db, ended.id);
  await described(app, 'POST /tasks/batch', { ...limited, body: { tasks: [GOOD, GOOD] } });
  await described(app, 'POST /tasks/{id}/retry', { ...limited, id: ended.id });
  await described(app, 'POST /tasks/batch', { ...limited, body: { tasks: [GOOD], atomic: true } });
  await described(app, 'POST /tasks', { ...limited, body: GOOD });
  await described(app, 'POST /tasks/retry', { ...limited, body: { status: 'FAILED' } });

  const waiters = createWaiters(database.db);
  const body = { prompt: 'waits' };
  const waiting = described(createApp({ waiters }), 'POST /tasks', { body, headers: { prefer: 'wait=60' } });
  await eventually('the request waits', () => waiters.places.taken === 1);
  const [task] = await database.db.sql<{ id: string }[]>`select id from tasks where prompt = 'waits'`;
  await finishTask(database.db, task!.id);
  expect(await waiting).toMatchObject({ status: 'COMPLETED' });

  // Covered elsewhere: a foreign Host, a defect, a body that never arrives, no free places.
  const elsewhere = /host_not_allowed|internal_error|request_timeout|overloaded/;
  const unseen = api.described().filter((name) => !api.seen.has(name) && !elsewhere.test(name));
  expect(unseen).toEqual([]);
}, 60_000);
