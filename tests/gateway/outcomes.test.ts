import { describe, expect, test } from 'bun:test';
import { AttemptList, Task, TaskRetryAnswer } from '@millrace/contracts';
import { claim, complete, fail, getTask, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { bodyOf, createGateway, problemIn, recordingProducer } from './gateway.ts';

const database = shared(createTestDatabase);
const producer = recordingProducer();
const { announced, events } = producer;
const gateway = shared(() => createGateway(database.db, { producer }));

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const error = { code: 'busy', message: 'try later', retryable: false };

async function pending(fields = {}): Promise<string> {
  const response = await gateway.send('POST', '/tasks', { prompt: 'x', ...fields });
  return ((await response.json()) as Task).id;
}
async function running(fields = {}): Promise<string> {
  const task_id = await pending(fields);
  await claim(database.db, { task_id, executor: 'a', lease_ms: 60_000 });
  return task_id;
}
async function completed(): Promise<string> {
  const task_id = await running();
  await complete(database.db, { task_id, attempt: 1, result: { output: '2', steps: [] }, usage: null });
  return task_id;
}
async function failed(fields = {}, code = error.code): Promise<string> {
  const task_id = await running(fields);
  await fail(database.db, { task_id, attempt: 1, error: { ...error, code } });
  return task_id;
}
const eventsOf = (id: string) => events.filter(({ task_id }) => task_id === id);
const announcementsOf = (id: string) => announced.filter(({ task_id }) => task_id === id);

describe('POST /tasks/:id/cancel', () => {
  test('ends a pending task and publishes one event, even if repeated', async () => {
    const id = await pending();
    for (const _ of [1, 2]) {
      const response = await gateway.send('POST', `/tasks/${id.toUpperCase()}/cancel`, undefined, {});
      expect(response.status).toBe(200);
      expect(await bodyOf(Task, response)).toMatchObject({ id, status: 'CANCELLED' });
    }
    expect(eventsOf(id)).toEqual([{ v: 1, type: 'status', task_id: id, status: 'CANCELLED', attempt: 0 }]);
  });

  test('ends a running task', async () => {
    const id = await running();
    expect((await gateway.send('POST', `/tasks/${id}/cancel`)).status).toBe(200);
    expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'CANCELLED', attempts: 1 });
    expect(eventsOf(id)).toEqual([{ v: 1, type: 'status', task_id: id, status: 'CANCELLED', attempt: 1 }]);
  });

  test('concurrently: all get the same answer, and one event is published', async () => {
    const id = await running();
    const send = () => gateway.send('POST', `/tasks/${id}/cancel`);
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(eventsOf(id)).toHaveLength(1);
  });

  test('leaves a finished task alone and names its state', async () => {
    for (const [id, state] of [
      [await completed(), 'COMPLETED'],
      [await failed(), 'FAILED'],
    ] as const) {
      const problem = await problemIn(await gateway.send('POST', `/tasks/${id}/cancel`));
      expect(problem).toMatchObject({ status: 409, code: 'task_finished' });
      expect(problem.detail).toContain(`is ${state};`);
      expect(eventsOf(id)).toEqual([]);
    }
  });
});

describe('POST /tasks/:id/retry', () => {
  test("makes a finished task pending again, announced on its lane with the request's trace", async () => {
    const id = await failed({ priority: 9 });
    const before = announcementsOf(id).length;
    const response = await gateway.send('POST', `/tasks/${id}/retry`, undefined, { traceparent });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/tasks/${id}`);
    expect(response.headers.get('traceparent')).toBe(traceparent);
    expect(await bodyOf(Task, response)).toMatchObject({
      id,
      status: 'PENDING',
      error: null,
      finished_at: null,
    });
    expect(announcementsOf(id).slice(before)).toEqual([{ task_id: id, lane: 'high', traceparent }]);
  });

  test('refuses a task that has not ended', async () => {
    for (const [id, state] of [
      [await pending(), 'PENDING'],
      [await running(), 'RUNNING'],
    ] as const) {
      const problem = await problemIn(await gateway.send('POST', `/tasks/${id}/retry`));
      expect(problem).toMatchObject({ status: 409, code: 'task_not_finished' });
      expect(problem.detail).toContain(`is ${state};`);
    }
  });

  test('concurrently: one replays the task, the others learn that it has not ended', async () => {
    const id = await failed();
    const before = announcementsOf(id).length;
    const send = () => gateway.send('POST', `/tasks/${id}/retry`);
    const statuses = (await Promise.all(Array.from({ length: 10 }, send))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([202, ...Array(9).fill(409)]);
    expect(announcementsOf(id)).toHaveLength(before + 1);
  });
});

test('an Idempotency-Key, which could not tell one retry from the next, is refused and nothing runs again', async () => {
  const id = await failed();
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'k' };
  for (const [path, body] of [
    [`/tasks/${id}/retry`, undefined],
    ['/tasks/retry', { status: 'FAILED' }],
  ] as const) {
    const response = await gateway.send('POST', path, body, headers);
    expect(await problemIn(response)).toMatchObject({ status: 422, errors: [{ field: 'Idempotency-Key' }] });
  }
  expect(await getTask(database.db, UNRESTRICTED, id)).toMatchObject({ status: 'FAILED' });
});

describe('POST /tasks/retry', () => {
  async function retry(filter: object): Promise<TaskRetryAnswer> {
    const headers = { 'content-type': 'application/json', traceparent };
    const response = await gateway.send('POST', '/tasks/retry', filter, headers);
    expect([response.status, response.headers.get('traceparent')]).toEqual([202, traceparent]);
    return bodyOf(TaskRetryAnswer, response);
  }

  test('replays what matches the filter, the oldest first, and announces each', async () => {
    const wanted = [
      await failed({ model: 'simulated' }, 'quota'),
      await failed({ model: 'simulated', priority: 0 }, 'quota'),
    ];
    await failed({ model: 'simulated' }, 'other');
    await failed({}, 'quota');
    const filter = { status: 'FAILED', model: 'simulated', error_code: 'quota' };
    expect(await retry({ ...filter, created_before: '2001-01-01T00:00:00Z' })).toEqual({
      count: 0,
      task_ids: [],
    });
    expect(await retry({ ...filter, limit: 1 })).toEqual({ count: 1, task_ids: [wanted[0]!] });
    expect(await retry(filter)).toEqual({ count: 1, task_ids: [wanted[1]!] });
    expect(await retry(filter)).toEqual({ count: 0, task_ids: [] });
    expect(announcementsOf(wanted[1]!).at(-1)).toMatchObject({ lane: 'low', traceparent });
    expect(await getTask(database.db, UNRESTRICTED, wanted[0]!)).toMatchObject({ status: 'PENDING' });
  });

  test('replays 100 unless told otherwise', async () => {
    await database.db.sql`
      insert into tasks (id, prompt, model, priority, status, max_attempts, timeout_ms, run_at, metadata, finished_at)
      select uuidv7(), 'x', 'many', 5, 'CANCELLED', 3, 1000, now(), '{}', now() from generate_series(1, 101)`;
    const filter = { status: 'CANCELLED', model: 'many' };
    expect([(await retry(filter)).count, (await retry(filter)).count]).toEqual([100, 1]);
  });

  test.each<[unknown, string]>([
    [{}, '/status'],
    [{ status: 'RUNNING' }, '/status'],
    [{ status: 'FAILED', limit: 0 }, '/limit'],
    [{ status: 'FAILED', limit: 1001 }, '/limit'],
    [{ status: 'FAILED', error_code: 'a\u0000' }, '/error_code'],
    [{ status: 'FAILED', created_after: 'yesterday' }, '/created_after'],
    [{ status: 'FAILED', ids: [] }, '/ids'],
  ])('refuses %j, naming %s', async (filter, field) => {
    const { status, errors } = await problemIn(await gateway.send('POST', '/tasks/retry', filter));
    expect({ status, fields: errors?.map((wrong) => wrong.field) }).toEqual({ status: 422, fields: [field] });
  });
});

describe('GET /tasks/:id/attempts', () => {
  async function attempts(id: string) {
    const response = await gateway.send('GET', `/tasks/${id}/attempts`);
    expect(response.status).toBe(200);
    return bodyOf(AttemptList, response);
  }

  test('shows how each ended, before a replay and after', async () => {
    const id = await failed();
    await gateway.send('POST', `/tasks/${id}/retry`);
    await claim(database.db, { task_id: id, executor: 'b', lease_ms: 60_000 });
    const list = await attempts(id.toUpperCase());
    expect(list.task_id).toBe(id);
    expect(list.attempts).toMatchObject([
      { attempt: 1, status: 'FAILED', executor: 'a', error },
      { attempt: 2, status: 'RUNNING', executor: 'b', ended_at: null },
    ]);
  });

  test('is an empty list before the first', async () => {
    expect((await attempts(await pending())).attempts).toEqual([]);
  });
});

describe.each([
  ['POST', 'cancel'],
  ['POST', 'retry'],
  ['GET', 'attempts'],
  ['GET', 'steps'],
])('%s /tasks/:id/%s', (method, what) => {
  test('of an unknown task is 404', async () => {
    const problem = await problemIn(await gateway.send(method, `/tasks/${Bun.randomUUIDv7()}/${what}`));
    expect(problem).toMatchObject({ status: 404, code: 'task_not_found' });
  });

  test('of an invalid id, or with parameters, is 422 naming it', async () => {
    const noId = await problemIn(await gateway.send(method, `/tasks/17/${what}`));
    expect(noId).toMatchObject({ status: 422, errors: [{ field: 'id' }] });
    const parameter = await problemIn(
      await gateway.send(method, `/tasks/${Bun.randomUUIDv7()}/${what}?force=1`),
    );
    expect(parameter).toMatchObject({ status: 422, errors: [{ field: 'force' }] });
  });
});
