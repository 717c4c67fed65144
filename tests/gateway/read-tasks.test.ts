import { beforeAll, describe, expect, test } from 'bun:test';
import { MODEL_PROVIDERS, ModelList, Stats, type Task, TaskPage } from '@millrace/contracts';
import { parseModels } from '@millrace/runtime';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { bodyOf, createGateway, problemIn } from './gateway.ts';

const tasks: Task[] = [];

const database = shared(createTestDatabase);
const gateway = shared(() => createGateway(database.db));
beforeAll(async () => {
  for (let i = 0; i < 5; i++) {
    const body = { prompt: `calculate ${i} + 100%`, priority: i, model: i % 2 ? 'simulated' : 'builtin' };
    tasks.push((await (await gateway.send('POST', '/tasks', body)).json()) as Task);
    // So that any two have different times.
    const made = Date.parse(tasks.at(-1)!.created_at);
    await eventually('it is later', () => Date.now() > made + 2, { intervalMs: 1 });
  }
}, 60_000);

async function page(query = ''): Promise<TaskPage> {
  const response = await gateway.send('GET', `/tasks${query}`);
  expect(response.status).toBe(200);
  return bodyOf(TaskPage, response);
}
const indexes = ({ tasks: found }: TaskPage) =>
  found.map(({ id }) => tasks.findIndex((task) => task.id === id));

describe('GET /tasks', () => {
  test('lists the newest first, page by page', async () => {
    const first = await page('?limit=2');
    expect(indexes(first)).toEqual([4, 3]);
    const second = await page(`?limit=2&cursor=${first.next_cursor}`);
    expect(indexes(second)).toEqual([2, 1]);
    const third = await page(`?limit=2&cursor=${second.next_cursor}`);
    expect(indexes(third)).toEqual([0]);
    expect(third.next_cursor).toBeNull();
  });

  test('combines filters, decoded from the URL', async () => {
    expect(indexes(await page('?model=simulated'))).toEqual([3, 1]);
    expect(indexes(await page('?status=PENDING&priority=2'))).toEqual([2]);
    expect(indexes(await page('?text=3%20%2B+100%25'))).toEqual([3]);
    expect(indexes(await page('?status=FAILED'))).toEqual([]);
    // Times are shown without microseconds.
    const next = new Date(Date.parse(tasks[3]!.created_at) + 1).toISOString();
    const time = encodeURIComponent(next.replace('Z', '+00:00'));
    expect(indexes(await page(`?created_after=${time}`))).toEqual([4]);
    expect(indexes(await page(`?created_before=${time}`))).toEqual([3, 2, 1, 0]);
    expect(indexes(await page('?created_before=2001-01-01T00:00:00Z'))).toEqual([]);
  });
});

describe('GET /tasks/:id', () => {
  test('returns the task, whatever the case of its id', async () => {
    const response = await gateway.send('GET', `/tasks/${tasks[0]!.id.toUpperCase()}`);
    expect((await response.json()) as Task).toEqual(tasks[0]!);
  });

  test('HEAD answers as GET would, without a body', async () => {
    const response = await gateway.send('HEAD', `/tasks/${tasks[0]!.id}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toStartWith('application/json');
    expect(await response.text()).toBe('');
  });

  test('an unknown id is 404', async () => {
    const id = Bun.randomUUIDv7();
    const problem = await problemIn(await gateway.send('GET', `/tasks/${id}`));
    expect(problem).toMatchObject({ status: 404, code: 'task_not_found', detail: `There is no task ${id}.` });
  });

  test('an id of any UUID version is valid, whatever a loaded library takes for a UUID', async () => {
    const problem = await problemIn(
      await gateway.send('GET', `/tasks/${'f'.repeat(8)}-0000-0000-0000-${'f'.repeat(12)}`),
    );
    expect(problem).toMatchObject({ status: 404, code: 'task_not_found' });
  });

  test.each(['1', 'x'.repeat(5000), '%00', '%E0%A4%A', 'a%2Fb', '00000000-0000-0000-0000-00000000000g'])(
    'an invalid id (%.20s) is 422 naming it',
    async (id) => {
      const problem = await problemIn(await gateway.send('GET', `/tasks/${id}`));
      expect(problem).toMatchObject({ status: 422, code: 'validation_failed' });
      expect(problem.errors).toEqual([{ field: 'id', message: expect.stringMatching(/^must be a/) }]);
    },
  );

  test('unknown parameters are refused, not ignored', async () => {
    const problem = await problemIn(await gateway.send('GET', `/tasks/${tasks[0]!.id}?expand=steps`));
    expect(problem.errors).toEqual([
      { field: 'expand', message: expect.stringContaining('not a known field') },
    ]);
  });
});

test('GET /models lists the available models, the default first, with limits and prices', async () => {
  const MODELS =
    'fast=openai;model=gpt-4.1-mini;concurrency=8;rpm=500;input_price=0.4;cached_input_price=0.1;output_price=1.6,builtin';
  const priced = createGateway(database.db, { models: parseModels(MODELS, MODEL_PROVIDERS) });
  expect(await bodyOf(ModelList, await priced.send('GET', '/models'))).toEqual({
    models: [
      {
        id: 'fast',
        provider: 'openai',
        default: true,
        concurrency: 8,
        requests_per_minute: 500,
        price_usd_per_million_tokens: { input: 0.4, cached_input: 0.1, output: 1.6 },
      },
      {
        id: 'builtin',
        provider: 'builtin',
        default: false,
        concurrency: null,
        requests_per_minute: null,
        price_usd_per_million_tokens: null,
      },
    ],
  });
});

test('GET /stats counts, with one query for many callers', async () => {
  const fresh = createGateway(database.db);
  const answers = await Promise.all(Array.from({ length: 20 }, () => fresh.send('GET', '/stats')));
  const bodies = await Promise.all(answers.map((answer) => bodyOf(Stats, answer)));
  expect(bodies[0]?.counts.PENDING).toBe(tasks.length);
  // Separate queries would return different ages.
  expect(new Set(bodies.map(({ oldest_pending_age_ms }) => oldest_pending_age_ms)).size).toBe(1);
});

test('GET /health/ready, open to anybody, sends the database one query at a time', async () => {
  let statements = 0;
  const sql = new Proxy(database.db.sql, {
    apply(target, self, args) {
      statements++;
      return Reflect.apply(target, self, args);
    },
  });
  const fresh = createGateway({ ...database.db, sql });
  const ready = () => fresh.send('GET', '/health/ready');
  const answers = await Promise.all(Array.from({ length: 200 }, ready));
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
  expect(statements).toBe(1);
  expect((await ready()).status).toBe(200);
  expect(statements).toBe(2);
});
