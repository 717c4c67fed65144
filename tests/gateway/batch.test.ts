import { beforeEach, describe, expect, test } from 'bun:test';
import { TaskBatchAnswer, type TaskCreate } from '@millrace/contracts';
import { getTask, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { bodyOf, createGateway, problemIn, recordingProducer } from './gateway.ts';

const database = shared(createTestDatabase);
const producer = recordingProducer();
const { announced } = producer;
const gateway = shared(() => createGateway(database.db, { producer, batchBodyLimitBytes: 300_000 }));
beforeEach(async () => {
  announced.length = 0;
  await database.db.sql`truncate tasks cascade`;
});

const prompts = (count: number): TaskCreate[] =>
  Array.from({ length: count }, (_, i) => ({ prompt: `calculate ${i}`, priority: i % 10 }));

async function batch(status: number, body: object): Promise<TaskBatchAnswer> {
  const response = await gateway.send('POST', '/tasks/batch', body);
  expect(response.status).toBe(status);
  return bodyOf(TaskBatchAnswer, response);
}
async function stored(): Promise<number> {
  const [row] = await database.db.sql<{ count: number }[]>`select count(*)::int as count from tasks`;
  return row!.count;
}

test.each([false, true])('1,000 tasks are stored and announced in order (atomic: %p)', async (atomic) => {
  const tasks = prompts(1000);
  const { accepted, outcomes } = await batch(atomic ? 202 : 207, { tasks, atomic });
  expect(accepted).toBe(1000);
  expect(outcomes.map(({ status, task }) => [status, task?.prompt])).toEqual(
    tasks.map(({ prompt }) => [202, prompt]),
  );
  expect(await stored()).toBe(1000);
  expect(announced.map(({ task_id }) => task_id)).toEqual(outcomes.map(({ task }) => task!.id));
  expect(announced.slice(0, 8).map(({ lane }) => lane)).toEqual([
    ...Array(4).fill('low'),
    ...Array(3).fill('normal'),
    'high',
  ]);
  const last = outcomes.at(-1)!.task!;
  expect(await getTask(database.db, UNRESTRICTED, last.id)).toEqual(last);
});

const GOOD = { prompt: 'x' };
const BAD: [unknown, string][] = [
  [{ prompt: '' }, '/prompt'],
  [{ prompt: 'a\u0000' }, '/prompt'],
  [{ prompt: 'x', model: 'gpt-9' }, '/model'],
  [{ prompt: 'x', priority: 10 }, '/priority'],
  [{ prompt: 'x', run_at: '2026-12-01T00:00:00Z', delay_ms: 1 }, '/delay_ms'],
  [null, ''],
  [[], ''],
];

test('one invalid task does not affect the others', async () => {
  const tasks = BAD.flatMap(([body]) => [GOOD, body, GOOD]);
  const { accepted, outcomes } = await batch(207, { tasks });
  expect(accepted).toBe(BAD.length * 2);
  for (const [i, [, field]] of BAD.entries()) {
    const [before, wrong, after] = outcomes.slice(i * 3, i * 3 + 3);
    expect([before?.status, after?.status]).toEqual([202, 202]);
    expect(wrong).toMatchObject({ status: 422, problem: { status: 422, errors: [{ field }] } });
    expect(wrong?.task).toBeUndefined();
  }
  expect(await stored()).toBe(accepted);
  expect(announced).toHaveLength(accepted);
});

test('atomic: one invalid task refuses all, and every error names its position', async () => {
  const tasks = [GOOD, ...BAD.map(([body]) => body), GOOD];
  const problem = await problemIn(await gateway.send('POST', '/tasks/batch', { tasks, atomic: true }));
  expect(problem).toMatchObject({ status: 422, code: 'validation_failed' });
  expect(problem.errors?.map(({ field }) => field)).toEqual(
    BAD.map(([, field], i) => `/tasks/${i + 1}${field}`),
  );
  expect([await stored(), announced.length]).toEqual([0, 0]);
});

test('atomic: an answer lists no more than 1,000 errors', async () => {
  const tasks = Array(501).fill({ prompt: '', priority: 10 });
  const { errors } = await problemIn(await gateway.send('POST', '/tasks/batch', { tasks, atomic: true }));
  expect(errors).toHaveLength(1000);
});

test('what is stored is counted by model, and announced with the trace of the batch', async () => {
  const fresh = createGateway(database.db, { producer });
  const headers = {
    'content-type': 'application/json',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  await fresh.send(
    'POST',
    '/tasks/batch',
    { tasks: [GOOD, {}, { ...GOOD, model: 'simulated' }, GOOD] },
    headers,
  );
  expect(announced.map(({ traceparent }) => traceparent)).toEqual(Array(3).fill(headers.traceparent));
  const metrics = await (await fresh.send('GET', '/metrics')).text();
  expect(metrics).toContain('millrace_tasks_submitted_total{model="builtin"} 2\n');
  expect(metrics).toContain('millrace_tasks_submitted_total{model="simulated"} 1\n');
});

test('a batch of only invalid tasks is not refused, and queries Postgres for nothing', async () => {
  expect(await batch(207, { tasks: [{}] })).toMatchObject({ accepted: 0, outcomes: [{ status: 422 }] });
});

test('delayed tasks are stored and not announced', async () => {
  const { outcomes } = await batch(207, { tasks: [{ prompt: 'x', delay_ms: 60_000 }, GOOD] });
  expect(announced.map(({ task_id }) => task_id)).toEqual([outcomes[1]!.task!.id]);
});

describe('refuses', () => {
  test.each<[unknown, string]>([
    [[], ''],
    [{}, '/tasks'],
    [{ tasks: [] }, '/tasks'],
    [{ tasks: {} }, '/tasks'],
    [{ tasks: Array(1001).fill(GOOD) }, '/tasks'],
    [{ tasks: [GOOD], atomic: 'yes' }, '/atomic'],
    [{ tasks: [GOOD], wait: 1 }, '/wait'],
  ])('%#: naming %j', async (body, field) => {
    const problem = await problemIn(await gateway.send('POST', '/tasks/batch', body));
    expect({ status: problem.status, fields: problem.errors?.map((error) => error.field) }).toEqual({
      status: 422,
      fields: [field],
    });
    expect(await stored()).toBe(0);
  });

  test('a body over its own limit, and accepts one over that of a single task', async () => {
    const large = { prompt: 'x'.repeat(90_000) };
    await batch(207, { tasks: [large, large, large] });
    const problem = await problemIn(
      await gateway.send('POST', '/tasks/batch', { tasks: [large, large, large, large] }),
    );
    expect(problem).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(problem.detail).toContain('300000');
  });

  test('more concurrent batches than allowed', async () => {
    const tasks = prompts(200);
    const send = () => gateway.send('POST', '/tasks/batch', { tasks });
    const answers = await Promise.all(Array.from({ length: 20 }, send));
    const statuses = Map.groupBy(answers, ({ status }) => status);
    expect([...statuses.keys()].sort()).toEqual([207, 429]);
    expect(await stored()).toBe(statuses.get(207)!.length * 200);
    await batch(207, { tasks });
  });
});

test('if Postgres goes away midway, every task gets its own outcome', async () => {
  // The second statement of the batch loses its connection; the first has committed.
  const db = Object.create(database.db) as typeof database.db;
  let statements = 0;
  const { sql } = database.db;
  const failing = new Proxy(sql, {
    apply(target, self, args) {
      if (++statements < 2) return Reflect.apply(target, self, args);
      return sql`select pg_terminate_backend(pg_backend_pid())`;
    },
  });
  Object.defineProperty(db, 'sql', { value: failing });
  const broken = createGateway(db);
  const response = await broken.send('POST', '/tasks/batch', { tasks: prompts(1000) });
  expect(response.status).toBe(207);
  const { accepted, outcomes } = (await response.json()) as TaskBatchAnswer;
  expect(accepted).toBe(500);
  expect(await stored()).toBe(500);
  expect(outcomes[500]).toMatchObject({
    status: 503,
    problem: { code: 'database_unavailable', detail: expect.stringContaining('may have been stored') },
  });
});
