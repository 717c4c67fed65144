import { expect, test } from 'bun:test';
import type { Task } from '@millrace/contracts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { createGateway, problemIn, recordingProducer } from './gateway.ts';

const database = shared(createTestDatabase);
const producer = recordingProducer();
const { announced } = producer;
const gateway = shared(() => createGateway(database.db, { producer }));

function submit(key: string, body: unknown = { prompt: 'x' }): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return gateway.send('POST', '/tasks', body, headers);
}

test('the same key and request return the same task, 200 and a header that says so', async () => {
  const body = { prompt: 'x', metadata: { a: '1', b: '2' } };
  const first = await submit('one', body);
  expect(first.status).toBe(202);
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  const task = (await first.json()) as Task;
  expect(task.idempotency_key).toBe('one');

  const again = await submit('one', '{ "metadata": {"b": "2", "a": "1"}, "prompt": "x" }');
  expect(again.status).toBe(200);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.headers.get('location')).toBe(`/tasks/${task.id}`);
  expect((await again.json()) as Task).toEqual(task);
  expect(announced.filter(({ task_id }) => task_id === task.id)).toHaveLength(1);
});

test('another request under the same key is refused, and stores nothing', async () => {
  const { id } = (await (await submit('two')).json()) as Task;
  for (const body of [{ prompt: 'y' }, { prompt: 'x', priority: 5 }]) {
    const problem = await problemIn(await submit('two', body));
    expect(problem).toMatchObject({ status: 409, code: 'idempotency_key_reused' });
    expect(problem.detail).toContain(id);
  }
  const stored = await database.db.sql`select id from tasks where idempotency_key = 'two'`;
  expect(stored.map((row) => row.id)).toEqual([id]);
});

test('an invalid request does not use up its key', async () => {
  expect((await submit('three', { prompt: '' })).status).toBe(422);
  expect((await submit('three')).status).toBe(202);
});

test('more concurrent duplicates than connections create one task', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => submit('four')));
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Task).id));
  expect(new Set(ids).size).toBe(1);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
  const [row] = await database.db.sql<{ count: number }[]>`
    select count(*)::int as count from tasks where idempotency_key = 'four'`;
  expect(row?.count).toBe(1);
});

test('many different keys at once create a task each', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => submit(`many-${i}`)));
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(202));
});

test.each([['a b'], ['a\tb'], ['x'.repeat(256)], ['clé'], ['a, b'], ['']])(
  'the key %j is refused',
  async (key) => {
    const problem = await problemIn(await submit(key));
    expect(problem).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(problem.errors?.map(({ field }) => field)).toEqual(['Idempotency-Key']);
  },
);

test.each([['!'], ['~'.repeat(255)], ['"8e03978e-40d5-43dd-bc93-6894a57f9324"']])(
  'the key %j is accepted',
  async (key) => {
    expect((await submit(key)).status).toBe(202);
  },
);
