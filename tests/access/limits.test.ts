import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { Task, TaskBatchAnswer, TaskRetryAnswer } from '@millrace/contracts';
import { cancel, UNRESTRICTED } from '@millrace/db';
import { finishTask } from '../gateway/finish-task.ts';
import { problemIn } from '../gateway/gateway.ts';
import { startGateway } from '../gateway/gateway-process.ts';
import { call, connectOverHttp } from '../mcp/connect.ts';
import { startMcpOverHttp } from '../mcp/mcp-process.ts';
import { rawPost } from '../mcp/raw-client.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { makeKey, type TestKey } from './make-key.ts';

setDefaultTimeout(60_000);

const database = shared(createTestDatabase);
const startKeyed = () => startGateway({ DATABASE_URL: database.url, GATEWAY_AUTH: 'keys' });
const gateways = [shared(startKeyed), shared(startKeyed)];
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: database.url, MCP_AUTH: 'token' }));

let keys = 0;
/** With an owner of its own. */
const limited = (fields: Parameters<typeof makeKey>[1]) =>
  makeKey(database.db, { name: `limited-${++keys}`, ...fields });

function post(path: string, { headers }: TestKey, body: unknown = { prompt: 'x' }, more = {}, gateway = 0) {
  return fetch(`${gateways[gateway]!.url}${path}`, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: JSON.stringify(body),
  });
}
const submit = (key: TestKey, gateway = 0) => post('/tasks', key, undefined, {}, gateway);
const submitted = async (key: TestKey) => (await (await submit(key)).json()) as Task;

async function openOf(key: TestKey): Promise<number> {
  const [row] = await database.db.sql<{ open: number }[]>`
    select count(*)::integer as open from tasks join api_keys using (owner)
    where api_keys.id = ${key.id} and status in ('PENDING', 'RUNNING')`;
  return row!.open;
}

const expectFull = async (response: Response) => {
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await problemIn(response)).toMatchObject({ status: 429, code: 'open_tasks_limit' });
};

describe('requests per minute', () => {
  test('may come in one burst; the next is told when it will be accepted, and then is', async () => {
    const key = await limited({ rate_limit: 40 });
    const read = () => fetch(`${gateways[0]!.url}/models`, { headers: key.headers });
    const began = performance.now();
    const first = await Promise.all(Array.from({ length: 60 }, read));
    const refused = first.filter(({ status }) => status === 429);
    // One request is allowed every 1.5 s.
    const dueMeanwhile = Math.ceil((performance.now() - began) / 1_500);
    expect(refused.length).toBeWithin(20 - dueMeanwhile, 20 + 1);
    let last = await read();
    while (last.status === 200) last = await read();
    const seconds = Number(last.headers.get('retry-after'));
    expect(await problemIn(last)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect([1, 2]).toContain(seconds);
    await Bun.sleep(seconds * 1_000);
    expect((await read()).status).toBe(200);
  });

  test('a key at its limit leaves others alone', async () => {
    const [one, other] = [await limited({ rate_limit: 1 }), await limited({ rate_limit: 1 })];
    expect([(await submit(one)).status, (await submit(one)).status]).toEqual([202, 429]);
    expect((await submit(other)).status).toBe(202);
  });

  test('count over MCP too', async () => {
    const key = await limited({ rate_limit: 3 });
    const list = () => rawPost(mcp.url, { method: 'tools/list' }, key.headers);
    for (let i = 0; i < 3; i++) expect((await list()).status).toBe(200);
    const refused = await list();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(15);
    expect(await refused.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32000 } });
  });
});

describe('open tasks', () => {
  test('a hundred concurrent submissions to two gateways leave exactly as many open as allowed', async () => {
    const key = await limited({ max_open_tasks: 30 });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => submit(key, i % 2)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(70);
    await expectFull(answers.find(({ status }) => status === 429)!);
    expect(await openOf(key)).toBe(30);
  });

  test('submissions of every kind, over two gateways and MCP, never exceed the limit', async () => {
    const key = await limited({ max_open_tasks: 25 });
    await using client = await connectOverHttp(mcp.url, 'modern', key.key);
    const finished = await submitted(key);
    await finishTask(database.db, finished.id);
    const batch = { tasks: Array.from({ length: 4 }, () => ({ prompt: 'x' })) };
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => [
        submit(key, i % 2),
        post('/tasks', key, undefined, { 'idempotency-key': `k${i}` }, i % 2),
        post('/tasks/batch', key, { ...batch, atomic: i % 3 === 0 }, {}, i % 2),
        post('/tasks/batch', key, { ...batch, atomic: i % 3 === 0 }, { 'idempotency-key': `b${i}` }, i % 2),
        post(`/tasks/${finished.id}/retry`, key, undefined, {}, i % 2),
        call(client, 'submit_task', { prompt: 'x' }),
      ]).flat(),
    );
    expect(await openOf(key)).toBe(25);
  });

  test('an ended task makes room, and a retried one takes it again', async () => {
    const key = await limited({ max_open_tasks: 2 });
    const [first] = [await submitted(key), await submitted(key)];
    await expectFull(await submit(key));
    await finishTask(database.db, first.id);
    const third = await submitted(key);
    await expectFull(await post(`/tasks/${first.id}/retry`, key));
    await expectFull(await post('/tasks/retry', key, { status: 'COMPLETED' }));
    await cancel(database.db, UNRESTRICTED, third.id);
    expect((await post(`/tasks/${first.id}/retry`, key)).status).toBe(202);
    await expectFull(await submit(key));
  });

  test('at the limit, what cannot be retried anyway is answered as usual', async () => {
    const key = await limited({ max_open_tasks: 1 });
    const { id } = await submitted(key);
    expect((await post(`/tasks/${id}/retry`, key)).status).toBe(409);
    expect((await post('/tasks/01a21627-7454-7727-a85e-c89590b04b8f/retry', key)).status).toBe(404);
  });

  test('a replay by filter takes as many tasks as there is room for', async () => {
    const key = await limited({ max_open_tasks: 3 });
    for (let i = 0; i < 3; i++) await finishTask(database.db, (await submitted(key)).id);
    await submitted(key);
    const answer = await post('/tasks/retry', key, { status: 'COMPLETED' });
    expect(((await answer.json()) as TaskRetryAnswer).count).toBe(2);
    expect(await openOf(key)).toBe(3);
  });

  test('of a batch, as many as there is room for are stored; an atomic one is refused as a whole', async () => {
    const key = await limited({ max_open_tasks: 3 });
    const tasks = Array.from({ length: 5 }, () => ({ prompt: 'x' }));
    await expectFull(await post('/tasks/batch', key, { tasks, atomic: true }));
    expect(await openOf(key)).toBe(0);
    const answer = await post('/tasks/batch', key, { tasks: [{ prompt: '' }, ...tasks] });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([207, '5']);
    const { accepted, outcomes } = (await answer.json()) as TaskBatchAnswer;
    expect(accepted).toBe(3);
    expect(outcomes.map(({ status }) => status)).toEqual([422, 202, 202, 202, 429, 429]);
    expect(outcomes.at(-1)!.problem!.code).toBe('open_tasks_limit');
  });

  test('an idempotency key is not used up by a refusal, and returns its task at the limit too', async () => {
    const key = await limited({ max_open_tasks: 1 });
    const once = (name: string, body?: object) => post('/tasks', key, body, { 'idempotency-key': name });
    const first = (await (await once('a')).json()) as Task;
    await expectFull(await once('b'));
    const again = await once('a');
    expect([again.status, ((await again.json()) as Task).id]).toEqual([200, first.id]);
    await finishTask(database.db, first.id);
    expect((await once('b', { prompt: 'another' })).status).toBe(202);
  });

  test('a batch with a key is repeated until all have found room, and stores each task once', async () => {
    const key = await limited({ max_open_tasks: 2 });
    const body = {
      tasks: [{ prompt: 'a' }, { prompt: '' }, { prompt: 'b' }, { prompt: 'c' }, { prompt: 'd' }],
    };
    const repeat = () => post('/tasks/batch', key, body, { 'idempotency-key': 'k' });
    const outcomesOf = async (answer: Response) => ((await answer.json()) as TaskBatchAnswer).outcomes;
    const statuses = (outcomes: TaskBatchAnswer['outcomes']) => outcomes.map(({ status }) => status);
    const first = await outcomesOf(await repeat());
    expect(statuses(first)).toEqual([202, 422, 202, 429, 429]);
    const again = await repeat();
    expect(again.headers.get('retry-after')).toBe('5');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await outcomesOf(again)).toEqual(first);

    await finishTask(database.db, first[2]!.task!.id);
    const third = await repeat();
    expect(third.headers.get('idempotent-replayed')).toBeNull();
    const outcomes = await outcomesOf(third);
    expect(statuses(outcomes)).toEqual([202, 422, 202, 202, 429]);
    expect(outcomes.slice(0, 3)).toEqual(first.slice(0, 3));

    await finishTask(database.db, first[0]!.task!.id);
    const last = await outcomesOf(await repeat());
    expect(last.slice(0, 4)).toEqual(outcomes.slice(0, 4));
    expect(last[4]!.status).toBe(202);
    const repeated = await repeat();
    expect([repeated.headers.get('idempotent-replayed'), await outcomesOf(repeated)]).toEqual(['true', last]);
    expect(await openOf(key)).toBe(2);
  });

  test('an atomic batch with a key is refused as a whole, and at the limit it is repeated all the same', async () => {
    const key = await limited({ max_open_tasks: 2 });
    const body = { tasks: [{ prompt: 'a' }, { prompt: 'b' }], atomic: true };
    const repeat = () => post('/tasks/batch', key, body, { 'idempotency-key': 'k' });
    const { id } = await submitted(key);
    await expectFull(await repeat());
    expect(await openOf(key)).toBe(1);
    await finishTask(database.db, id);
    const first = await repeat();
    expect(first.status).toBe(202);
    expect(await (await repeat()).json()).toEqual(await first.json());
    expect(await openOf(key)).toBe(2);
  });

  test('keys of one owner share the count, and each has its own limit', async () => {
    const owner = 'shared-owner';
    const [small, large] = [
      await limited({ owner, max_open_tasks: 1 }),
      await limited({ owner, max_open_tasks: 3 }),
    ];
    const unlimited = await limited({ owner });
    expect((await submit(small)).status).toBe(202);
    await expectFull(await submit(small));
    expect([(await submit(large)).status, (await submit(large)).status]).toEqual([202, 202]);
    await expectFull(await submit(large));
    expect((await submit(unlimited)).status).toBe(202);
  });

  test('over MCP, a tool says what to do about it', async () => {
    const key = await limited({ max_open_tasks: 1 });
    await using client = await connectOverHttp(mcp.url, 'modern', key.key);
    const first = await call(client, 'submit_task', { prompt: 'x' });
    for (const args of [{ prompt: 'x' }, { prompt: 'x', idempotency_key: 'k' }]) {
      const refused = await call(client, 'submit_task', args);
      expect(refused.isError).toBe(true);
      expect(refused.text).toContain('No task was submitted: with this API key its owner may have up to 1 ');
    }
    await finishTask(database.db, first.structured.task_id);
    expect((await call(client, 'submit_task', { prompt: 'x', idempotency_key: 'k' })).isError).toBe(false);
    const retried = await call(client, 'retry_task', { task_id: first.structured.task_id });
    expect(retried.text).toContain('No task was retried: with this API key its owner may have up to 1 ');
  });

  test('Postgres keeps the count: what a killed gateway stored counts at another', async () => {
    const key = await limited({ max_open_tasks: 5 });
    await using killed = await startKeyed();
    const request = { method: 'POST', headers: key.headers, body: '{"prompt":"x"}' };
    const sending = Array.from({ length: 40 }, () =>
      fetch(`${killed.url}/tasks`, request).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await Promise.race(sending);
    killed.signal('SIGKILL');
    await Promise.all(sending);
    await eventually('Postgres has done what it was asked to', async () => {
      const active = await database.db.sql`
        select from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`;
      return active.length === 0;
    });
    const before = await openOf(key);
    expect(before).toBeLessThanOrEqual(5);
    const next = await Promise.all(Array.from({ length: 20 }, () => submit(key)));
    const statuses = next.map(({ status }) => status);
    expect(await openOf(key)).toBe(5);
    expect(statuses.filter((status) => status === 202)).toHaveLength(5 - before);
  });
});
