import { beforeEach, describe, expect, test } from 'bun:test';
import { MODEL_PROVIDERS, type Task, TaskBatchAnswer } from '@millrace/contracts';
import { parseModels } from '@millrace/runtime';
import { lockTable } from '../open-transaction.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { finishTask } from './finish-task.ts';
import { bodyOf, createGateway, createTelemetry, problemIn, recordingProducer } from './gateway.ts';

const database = shared(() => createTestDatabase(10));
const producer = recordingProducer();
const telemetry = createTelemetry();
const { announced } = producer;
const gateway = shared(() => createGateway(database.db, { producer, telemetry }));
beforeEach(async () => {
  announced.length = 0;
  await database.db.sql`truncate tasks, idempotency_keys cascade`;
});

const GOOD = { prompt: 'x' };

function send(key: string, body: unknown, path = '/tasks/batch', to = gateway): Promise<Response> {
  return to.send('POST', path, body, { 'content-type': 'application/json', 'idempotency-key': key });
}

async function answerTo(key: string, body: unknown, to = gateway) {
  const response = await send(key, body, '/tasks/batch', to);
  const isReplayed = response.headers.get('idempotent-replayed') === 'true';
  const answer = await bodyOf(TaskBatchAnswer, response);
  return { status: response.status, isReplayed, answer, tasks: answer.outcomes.map(({ task }) => task) };
}

async function stored(): Promise<number> {
  const [row] = await database.db.sql<[{ count: number }]>`select count(*)::int as count from tasks`;
  return row.count;
}

test.each([false, true])(
  'a repeated batch makes no task, and its answer is the same (atomic: %p)',
  async (atomic) => {
    const tasks = [
      { ...GOOD, priority: 9, metadata: { a: '1', b: '2' } },
      { ...GOOD, delay_ms: 60_000 },
      { ...GOOD, run_at: '2099-01-01T00:00:00+01:00', model: 'simulated' },
      { ...GOOD, run_at: '2026-01-01T00:00:00Z' },
      ...(atomic ? [] : [{ prompt: '' }]),
      GOOD,
    ];
    const first = await answerTo('k', { tasks, atomic });
    expect(first).toMatchObject({ status: atomic ? 202 : 207, isReplayed: false, answer: { accepted: 5 } });
    const [finished] = first.tasks;
    expect(finished!.idempotency_key).toBe('k');
    await finishTask(database.db, finished!.id);

    const reordered = `{"atomic":${atomic}, "tasks": ${JSON.stringify([{ metadata: { b: '2', a: '1' }, priority: 9, ...GOOD }, ...tasks.slice(1)])}}`;
    expect(await answerTo('k', reordered)).toEqual({ ...first, isReplayed: true });
    expect(await stored()).toBe(5);
    expect(announced).toHaveLength(3);
  },
);

test('only what is new is counted', async () => {
  const counted = async () => {
    const metrics = await (await gateway.send('GET', '/metrics')).text();
    return Number(/tasks_submitted_total\{model="builtin"\} (\d+)/.exec(metrics)?.[1] ?? 0);
  };
  const before = await counted();
  for (let i = 0; i < 3; i++) await answerTo('k', { tasks: [GOOD, GOOD] });
  expect(await counted()).toBe(before + 2);
});

test('answers stay as small as the first, whatever the results', async () => {
  const { answer, tasks } = await answerTo('k', { tasks: [GOOD] });
  await finishTask(database.db, tasks[0]!.id);
  await database.db
    .sql`update tasks set result = jsonb_build_object('output', repeat('x', 1000000), 'steps', '[]'::jsonb)`;
  expect((await answerTo('k', { tasks: [GOOD] })).answer).toEqual(answer);
});

describe('another body', () => {
  const other: [string, unknown, unknown][] = [
    ['another task', { tasks: [GOOD] }, { tasks: [{ prompt: 'y' }] }],
    ['a task more', { tasks: [GOOD] }, { tasks: [GOOD, GOOD] }],
    ['a task less', { tasks: [GOOD, GOOD] }, { tasks: [GOOD] }],
    ['atomic', { tasks: [GOOD] }, { tasks: [GOOD], atomic: true }],
    ['a corrected task', { tasks: [{ prompt: '' }, GOOD] }, { tasks: [GOOD, { prompt: '' }] }],
    ['only invalid tasks', { tasks: [GOOD] }, { tasks: [{}] }],
  ];
  test.each(other)('is refused, and stores nothing: %s', async (_, body, another) => {
    const first = await answerTo('k', body);
    const { id } = first.tasks.find(Boolean)!;
    const problem = await problemIn(await send('k', another));
    expect(problem).toMatchObject({ status: 409, code: 'idempotency_key_reused' });
    expect(problem.detail).toContain(id);
    expect(await stored()).toBe(first.answer.accepted);
    expect(await answerTo('k', body)).toEqual({ ...first, isReplayed: true });
  });

  test('is accepted if nothing was stored', async () => {
    expect((await answerTo('k', { tasks: [{}] })).answer.accepted).toBe(0);
    expect((await send('k', { tasks: [{}], atomic: true })).status).toBe(422);
    expect(await answerTo('k', { tasks: [GOOD] })).toMatchObject({
      isReplayed: false,
      answer: { accepted: 1 },
    });
  });
});

test('keys of batches and of single tasks are apart', async () => {
  const single = (await (await send('k', GOOD, '/tasks')).json()) as Task;
  const batch = await answerTo('k', { tasks: [GOOD] });
  expect(batch.isReplayed).toBe(false);
  expect(batch.tasks[0]!.id).not.toBe(single.id);
  expect(((await (await send('k', GOOD, '/tasks')).json()) as Task).id).toBe(single.id);
});

test('with other models configured since, tasks are neither doubled nor mistaken for one another', async () => {
  const [builtin, simulated] = ['builtin', 'simulated'].map((id) =>
    createGateway(database.db, { models: parseModels(id, MODEL_PROVIDERS) }),
  );
  const tasks = [{ ...GOOD, model: 'simulated' }, GOOD, { ...GOOD, model: 'builtin' }];
  const first = await answerTo('k', { tasks }, builtin);
  expect(first.answer.outcomes.map(({ status }) => status)).toEqual([422, 202, 202]);
  const second = await answerTo('k', { tasks }, simulated);
  expect(second.answer.outcomes.map(({ status }) => status)).toEqual([202, 202, 422]);
  expect(second.tasks[1]).toEqual(first.tasks[1]);
  expect(await answerTo('k', { tasks })).toMatchObject({
    isReplayed: true,
    tasks: [second.tasks[0], first.tasks[1], first.tasks[2]],
  });
  expect(await stored()).toBe(3);
});

test('a body nested beyond all reason is answered', async () => {
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const { answer } = await answerTo('k', `{"tasks":[{"prompt":"x","metadata":${nested}}]}`);
  expect(answer.outcomes[0]).toMatchObject({ status: 422 });
});

test('if a statement fails, nothing is stored and the key stays free', async () => {
  const { sql } = database.db;
  await sql`alter table tasks add constraint planted check (prompt <> 'planted')`;
  try {
    expect((await send('k', { tasks: [GOOD, { prompt: 'planted' }] })).status).toBe(500);
  } finally {
    await sql`alter table tasks drop constraint planted`;
  }
  expect(await stored()).toBe(0);
  expect(await answerTo('k', { tasks: [GOOD] })).toMatchObject({
    isReplayed: false,
    answer: { accepted: 1 },
  });
});

test('fifty at once, each repeated until it is answered, make every task once', async () => {
  const tasks = Array.from({ length: 100 }, (_, i) => ({ prompt: `calculate ${i}` }));
  const untilAnswered = async () => {
    for (;;) {
      const response = await send('k', { tasks });
      if (response.status === 207) return await bodyOf(TaskBatchAnswer, response);
      // Too many at once, or too long a wait for another.
      expect([429, 503]).toContain(response.status);
      await Bun.sleep(5);
    }
  };
  await using locked = await lockTable(database.db, 'tasks');
  const answering = Promise.all(Array.from({ length: 50 }, untilAnswered));
  await eventually('as many as are let in have begun', async () => {
    const waiting = await database.db.sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return waiting.length === 8;
  });
  await locked[Symbol.asyncDispose]();
  const answers = await answering;
  for (const answer of answers) expect(answer).toEqual(answers[0]!);
  expect(await stored()).toBe(100);
  expect(announced).toHaveLength(100);
});
