import { describe, expect, test } from 'bun:test';
import type { Task } from '@millrace/contracts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { timed } from '../timed.ts';
import { eventually } from '../waiting.ts';
import { finishTask } from './finish-task.ts';
import { createGateway, createWaiters, problemIn } from './gateway.ts';

const database = shared(createTestDatabase);
const waiters = shared(
  () => createWaiters(database.db, 5),
  (waiters) => waiters.stop(),
);
const gateway = shared(() => createGateway(database.db, { waiters }));

const JSON_TYPE = { 'content-type': 'application/json' };
async function submit(): Promise<string> {
  return ((await (await gateway.send('POST', '/tasks', { prompt: 'x' })).json()) as Task).id;
}
async function taskIn(response: Response): Promise<Task> {
  return (await response.json()) as Task;
}
const waitingAre = (count: number) => eventually(`${count} wait`, () => waiters.places.taken === count);

describe('GET /tasks/:id?wait=N', () => {
  test('answers when the task has ended, even if no event ever comes', async () => {
    const id = await submit();
    const answer = gateway.send('GET', `/tasks/${id}?wait=30`);
    await waitingAre(1);
    await finishTask(database.db, id);
    const begun = performance.now();
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await taskIn(response)).toMatchObject({ id, status: 'COMPLETED' });
    expect(performance.now() - begun).toBeLessThan(2_500);
    expect(waiters.places.taken).toBe(0);
  });

  test('is woken by an event at once', async () => {
    const id = await submit();
    const answer = gateway.send('GET', `/tasks/${id.toUpperCase()}?wait=30`);
    await waitingAre(1);
    await finishTask(database.db, id);
    const { value, tookMs, stallMs } = await timed(() => {
      waiters.hear([{ v: 1, type: 'status', task_id: id, status: 'COMPLETED', attempt: 1 }]);
      return answer;
    });
    expect(tookMs).toBeLessThan(500 + stallMs);
    expect(await taskIn(value)).toMatchObject({ id, status: 'COMPLETED' });
  });

  test('answers with the unfinished task when the time is up', async () => {
    const id = await submit();
    const begun = performance.now();
    const response = await gateway.send('GET', `/tasks/${id}?wait=1`);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(995);
    expect(response.status).toBe(200);
    expect(await taskIn(response)).toMatchObject({ id, status: 'PENDING' });
  });

  test('answers at once if there is nothing to wait for', async () => {
    const id = await submit();
    expect((await gateway.send('GET', `/tasks/${id}?wait=0`)).status).toBe(200);
    await finishTask(database.db, id);
    expect(await taskIn(await gateway.send('GET', `/tasks/${id}?wait=60`))).toMatchObject({
      status: 'COMPLETED',
    });
    const unknown = await gateway.send('GET', `/tasks/${Bun.randomUUIDv7()}?wait=60`);
    expect(await problemIn(unknown)).toMatchObject({ status: 404, code: 'task_not_found' });
    expect(waiters.places.taken).toBe(0);
  });

  test('ends with 404 when the task is deleted meanwhile', async () => {
    const id = await submit();
    const answer = gateway.send('GET', `/tasks/${id}?wait=30`);
    await waitingAre(1);
    await database.db.sql`delete from tasks where id = ${id}`;
    const { value, tookMs } = await timed(() => answer);
    expect(await problemIn(value)).toMatchObject({ status: 404 });
    expect(tookMs).toBeLessThan(15_000);
  });

  test.each(['61', '-1', '1.5', 'soon', '', '1e1', '١'])('wait=%s is refused', async (wait) => {
    const path = `/tasks/${Bun.randomUUIDv7()}?wait=${encodeURIComponent(wait)}`;
    const problem = await problemIn(await gateway.send('GET', path));
    expect(problem).toMatchObject({ status: 422, errors: [{ field: 'wait' }] });
  });

  test('waits beyond the limit are refused, and accepted again afterwards', async () => {
    const id = await submit();
    const answers = Array.from({ length: 5 }, () => gateway.send('GET', `/tasks/${id}?wait=30`));
    await waitingAre(5);
    const refused = await gateway.send('GET', `/tasks/${id}?wait=30`);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemIn(refused)).toMatchObject({ status: 429, code: 'overloaded' });
    expect((await gateway.send('GET', `/tasks/${id}`)).status).toBe(200);
    await finishTask(database.db, id);
    waiters.checkAll();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect((await gateway.send('GET', `/tasks/${id}?wait=30`)).status).toBe(200);
  });
});

describe('Prefer: wait=N on POST /tasks', () => {
  function post(prefer: string, headers = {}): Promise<Response> {
    return gateway.send('POST', '/tasks', { prompt: 'x' }, { ...JSON_TYPE, prefer, ...headers });
  }
  async function newest(): Promise<string> {
    const [row] = await database.db.sql<{ id: string }[]>`select id from tasks order by id desc limit 1`;
    return row!.id;
  }

  test('answers 200 with the task that ended in time', async () => {
    const answer = post('respond-async, wait=30');
    await waitingAre(1);
    const id = await newest();
    await finishTask(database.db, id);
    waiters.checkAll();
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=30');
    expect(response.headers.get('location')).toBe(`/tasks/${id}`);
    expect(await taskIn(response)).toMatchObject({ id, status: 'COMPLETED', result: { output: '2' } });
  });

  test('answers 202 with a task that did not', async () => {
    const response = await post('wait=1');
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('wait=1');
    expect(await taskIn(response)).toMatchObject({ status: 'PENDING' });
  });

  test('also waits for the task of an earlier request with the same key', async () => {
    const headers = { 'idempotency-key': 'waits' };
    const { id } = await taskIn(await post('wait=0', headers));
    const answer = post('wait=30', headers);
    await waitingAre(1);
    await finishTask(database.db, id);
    waiters.checkAll();
    const response = await answer;
    expect(response.headers.get('idempotent-replayed')).toBe('true');
    expect(await taskIn(response)).toMatchObject({ id, status: 'COMPLETED' });
  });

  test.each(['return=minimal', 'wait=soon', 'wait=', ''])(
    'is ignored if it is not understood: %p',
    async (prefer) => {
      const response = await post(prefer);
      expect(response.status).toBe(202);
      expect(response.headers.get('preference-applied')).toBeNull();
    },
  );

  test('is ignored if too many wait: the task is accepted all the same', async () => {
    const full = createGateway(database.db, { waiters: createWaiters(database.db, 0) });
    const response = await full.send('POST', '/tasks', { prompt: 'x' }, { ...JSON_TYPE, prefer: 'wait=30' });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBeNull();
  });
});
