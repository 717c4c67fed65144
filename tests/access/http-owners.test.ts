import { beforeAll, describe, expect, test } from 'bun:test';
import { KeyVerifier, RateLimiter } from '@millrace/access';
import type { Stats, Task, TaskBatchAnswer, TaskPage, TaskRetryAnswer } from '@millrace/contracts';
import { newTaskId, submit } from '@millrace/db';
import { apiKeys } from '@millrace/gateway/app';
import { createLogger } from '@millrace/runtime';
import { newTask } from '../db/new-task.ts';
import { createGatewayApp, problemIn } from '../gateway/gateway.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { makeKey, type TestKey } from './make-key.ts';
import { makeOwnedTasks, type OwnedTasks, SECRET, storedOf } from './owned-tasks.ts';

let app: ReturnType<typeof createGatewayApp>;
let ada: TestKey;
let stranger: TestKey;
let admin: TestKey;
let reader: TestKey;
let writer: TestKey;
let tasks: OwnedTasks;
const database = shared(createTestDatabase);
beforeAll(async () => {
  const logger = createLogger('access-test', 'error', 'stderr');
  const verifier = new KeyVerifier({ db: database.db, logger });
  const access = apiKeys({ verifier, limiter: new RateLimiter(), schema: { missing: () => undefined } });
  app = createGatewayApp(database.db, access);
  ada = await makeKey(database.db, { name: 'ada' });
  stranger = await makeKey(database.db, { name: 'stranger' });
  admin = await makeKey(database.db, { name: 'operator', scopes: ['tasks:read', 'tasks:write', 'admin'] });
  reader = await makeKey(database.db, { name: 'reader', scopes: ['tasks:read'] });
  writer = await makeKey(database.db, { name: 'writer', scopes: ['tasks:write'] });
  tasks = await makeOwnedTasks(database.db, 'ada');
}, 60_000);

async function send(
  route: string,
  { headers }: Pick<TestKey, 'headers'>,
  { id = '', body, more = {} }: { id?: string; body?: unknown; more?: Record<string, string> } = {},
): Promise<Response> {
  const [method = '', path = ''] = route.split(' ');
  return app.handle(
    new Request(`http://gateway${path.replace(':id', id)}`, {
      method,
      headers: { ...headers, ...more },
      body: body === undefined ? null : JSON.stringify(body),
    }),
  );
}

const json = async <T>(response: Response | Promise<Response>) => (await (await response).json()) as T;

/** Routes that need no key. */
const OPEN = /^\w+ \/(health|health\/ready|metrics|swagger(\/.*)?)$/;
const closedRoutes = () =>
  app.routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !OPEN.test(route));

/** What to send where a route takes a body. */
const BODIES: Record<string, unknown> = {
  'POST /tasks': { prompt: 'calculate 1+1' },
  'POST /tasks/batch': { tasks: [{ prompt: 'calculate 1+1' }] },
  'POST /tasks/retry': { status: 'FAILED' },
};

test('the routes that need no key work without one', async () => {
  for (const path of ['/health', '/health/ready', '/swagger', '/swagger/json', '/swagger/start.js']) {
    expect((await send(`GET ${path}`, { headers: {} })).status).toBe(200);
  }
});

test('every other route requires one', async () => {
  expect(closedRoutes().length).toBeGreaterThanOrEqual(12);
  for (const route of closedRoutes()) {
    const refused = await send(route, { headers: {} }, { id: tasks.completed, body: BODIES[route] });
    expect([route, refused.status]).toEqual([route, 401]);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="millrace"');
    expect((await problemIn(refused)).code).toBe('unauthorized');
  }
});

test('every other route requires a scope: read for GET, write for POST', async () => {
  for (const route of closedRoutes()) {
    const [missing, key] = route.startsWith('GET') ? ['tasks:read', writer] : ['tasks:write', reader];
    const refused = await send(route, key, { id: tasks.completed, body: BODIES[route] });
    expect([route, refused.status]).toEqual([route, 403]);
    const challenge = refused.headers.get('www-authenticate');
    expect(challenge).toBe(`Bearer realm="millrace", error="insufficient_scope", scope="${missing}"`);
    const problem = await problemIn(refused);
    expect(problem).toMatchObject({ code: 'forbidden', detail: `This API key lacks the scope ${missing}.` });
  }
});

describe("with somebody else's key", () => {
  test('no route shows or changes anything of a task', async () => {
    const before = await storedOf(database.db, 'ada');
    for (const route of closedRoutes()) {
      for (const id of route.includes(':id') ? Object.values(tasks) : ['']) {
        const answer = await send(route, stranger, { id, body: BODIES[route] });
        const text = await answer.text();
        expect([route, text.includes(SECRET)]).toEqual([route, false]);
        for (const other of Object.values(tasks)) {
          expect([route, text.includes(other) && other !== id]).toEqual([route, false]);
        }
      }
    }
    expect(await storedOf(database.db, 'ada')).toBe(before);
  });

  test('every route of one task answers as for an unknown id', async () => {
    const routes = closedRoutes().filter((route) => route.includes(':id'));
    expect(routes.length).toBeGreaterThanOrEqual(6);
    const unknown = newTaskId();
    for (const route of routes) {
      const never = await send(route, stranger, { id: unknown });
      const expected = (await never.text()).replaceAll(unknown, '<id>');
      expect([route, never.status]).toEqual([route, 404]);
      for (const id of [...Object.values(tasks), tasks.failed.toUpperCase()]) {
        const foreign = await send(route, stranger, { id });
        expect(foreign.status).toBe(404);
        expect((await foreign.text()).replaceAll(id, '<id>')).toBe(expected);
        expect([...foreign.headers.keys()].sort()).toEqual([...never.headers.keys()].sort());
      }
    }
  });

  test('waiting for a task, or resuming a watch, is answered 404 at once', async () => {
    const began = performance.now();
    expect((await send('GET /tasks/:id?wait=30', stranger, { id: tasks.running })).status).toBe(404);
    const more = { 'last-event-id': '1.0' };
    expect((await send('GET /tasks/:id/events', stranger, { id: tasks.running, more })).status).toBe(404);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('lists are empty, statistics count nothing, and a replay by filter matches nothing', async () => {
    const nobody = await makeKey(database.db, { name: 'nobody' });
    for (const query of ['', '?status=FAILED', `?text=${SECRET}`, `?cursor=${newTaskId()}`, '?owner=ada']) {
      expect(await json<TaskPage>(send(`GET /tasks${query}`, nobody))).toEqual({
        tasks: [],
        next_cursor: null,
      });
    }
    const stats = await json<Stats>(send('GET /stats', nobody));
    expect(new Set(Object.values(stats.counts))).toEqual(new Set([0]));
    expect(stats).toMatchObject({ oldest_pending_age_ms: null, last_minute: { finished: 0 } });
    const retried = await json<TaskRetryAnswer>(
      send('POST /tasks/retry', nobody, { body: { status: 'FAILED', error_code: SECRET } }),
    );
    expect(retried).toEqual({ count: 0, task_ids: [] });
  });
});

describe('the owner', () => {
  test('sees the tasks of all its keys', async () => {
    const second = await makeKey(database.db, { name: 'ci', owner: 'ada' });
    for (const key of [ada, second]) {
      const { tasks: listed } = await json<TaskPage>(send('GET /tasks', key));
      expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(Object.values(tasks)));
      expect(new Set(listed.map(({ owner }) => owner))).toEqual(new Set(['ada']));
      const { counts } = await json<Stats>(send('GET /stats', key));
      expect(counts).toEqual({ PENDING: 1, RUNNING: 1, COMPLETED: 1, FAILED: 1, CANCELLED: 0 });
    }
    for (const part of ['', '/attempts', '/steps', '/events']) {
      const answer = await send(`GET /tasks/:id${part}`, ada, { id: tasks.completed });
      expect([part, (await answer.text()).includes(SECRET)]).toEqual([part, true]);
    }
  });

  test('is that of the key, whichever way a task is submitted', async () => {
    const key = await makeKey(database.db, { name: 'grace' });
    const body = { prompt: 'calculate 1+1' };
    const more = { 'idempotency-key': 'grace-1' };
    const single = await json<Task>(send('POST /tasks', key, { body }));
    const keyed = await json<Task>(send('POST /tasks', key, { body, more }));
    expect([single.owner, keyed.owner]).toEqual(['grace', 'grace']);
    for (const atomic of [true, false]) {
      const answer = await json<{ outcomes: { task: Task }[] }>(
        send('POST /tasks/batch', key, { body: { tasks: [body, body], atomic } }),
      );
      expect(answer.outcomes.map(({ task }) => task.owner)).toEqual(['grace', 'grace']);
    }
    const listed = await json<TaskPage>(send('GET /tasks', key));
    expect(listed.tasks).toHaveLength(6);
    expect((await send('POST /tasks/:id/cancel', key, { id: single.id })).status).toBe(200);
    expect((await send('POST /tasks/:id/retry', key, { id: single.id })).status).toBe(202);
  });

  test('cannot be chosen by a request', async () => {
    const refused = await send('POST /tasks', stranger, { body: { prompt: 'x', owner: 'ada' } });
    expect(refused.status).toBe(422);
  });

  test('has idempotency keys of its own', async () => {
    const more = { 'idempotency-key': 'shared' };
    const sendOnce = (key: TestKey, prompt: string) => send('POST /tasks', key, { body: { prompt }, more });
    const [first, second] = [await sendOnce(stranger, 'one'), await sendOnce(writer, 'two')];
    expect([first.status, second.status]).toEqual([202, 202]);
    const [one, two] = [await json<Task>(first), await json<Task>(second)];
    expect(one.id).not.toBe(two.id);
    const again = await sendOnce(writer, 'two');
    expect([again.status, (await json<Task>(again)).id]).toEqual([200, two.id]);
    const problem = await problemIn(await sendOnce(stranger, 'two'));
    expect(problem.code).toBe('idempotency_key_reused');
    expect(problem.detail).toContain(one.id);
  });

  test('has idempotency keys of its own for batches too', async () => {
    const more = { 'idempotency-key': 'shared' };
    const sendOnce = async (key: TestKey, prompt: string) => {
      const answer = await send('POST /tasks/batch', key, { body: { tasks: [{ prompt }] }, more });
      return (await json<TaskBatchAnswer>(answer)).outcomes[0]!.task!;
    };
    const one = await sendOnce(stranger, 'one');
    const two = await sendOnce(writer, 'two');
    expect([one.owner, two.owner]).toEqual(['stranger', 'writer']);
    expect([await sendOnce(stranger, 'one'), await sendOnce(writer, 'two')]).toEqual([one, two]);
  });
});

describe('admin', () => {
  test('sees all tasks, those without an owner too', async () => {
    const { id: ownerless } = await submit(database.db, newTask());
    const { tasks: listed } = await json<TaskPage>(send('GET /tasks?limit=100', admin));
    const owners = listed.map(({ owner }) => owner);
    expect(owners).toContain('ada');
    expect(owners).toContain(null);
    expect((await send('GET /tasks/:id', admin, { id: ownerless })).status).toBe(200);
    expect((await send('GET /tasks/:id', ada, { id: ownerless })).status).toBe(404);
    expect((await send('GET /tasks/:id', admin, { id: tasks.completed })).status).toBe(200);
    const owned = await json<TaskPage>(send('GET /tasks?owner=ada', admin));
    expect(new Set(owned.tasks.map(({ id }) => id))).toEqual(new Set(Object.values(tasks)));
    const { counts } = await json<Stats>(send('GET /stats', admin));
    expect(counts.COMPLETED + counts.FAILED).toBeGreaterThanOrEqual(2);
  });

  test('has statistics of its own, even where another key has the same owner', async () => {
    const theirs = await makeKey(database.db, {
      name: 'boss',
      owner: 'ada',
      scopes: ['tasks:read', 'admin'],
    });
    await submit(database.db, newTask());
    const asked = [theirs, ada].map((key) => json<Stats>(send('GET /stats', key)));
    const [all, own] = (await Promise.all(asked)).map(({ counts }) => counts.PENDING);
    expect(all).toBeGreaterThan(own!);
  });

  test('widens which tasks are seen, not what may be done with them', async () => {
    const auditor = await makeKey(database.db, { name: 'auditor', scopes: ['tasks:read', 'admin'] });
    expect((await send('GET /tasks/:id', auditor, { id: tasks.running })).status).toBe(200);
    expect((await send('POST /tasks/:id/cancel', auditor, { id: tasks.running })).status).toBe(403);
  });
});
