import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { cancel, getTask, UNRESTRICTED } from '@millrace/db';
import { lockTable } from '../open-transaction.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { everyAttempt } from '../whole-history.ts';
import { startChatServer } from './chat-server.ts';
import { startHoldingServer } from './holding-server.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase(8);
});
afterEach(() => database[Symbol.asyncDispose]());

async function submitTasks(count: number, fields: Parameters<typeof submitTask>[1] = {}): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => submitTask(database.db, fields)));
}

async function countOf(status: string): Promise<number> {
  const [row] = await database.db
    .sql`select count(*)::int as count from tasks where status = ${status}::task_status`;
  return row!.count;
}

describe('concurrent calls of a model', () => {
  test('stay within its limit across two executors, and all get their turn', async () => {
    let running = 0;
    await using server = await startChatServer(async (_request, answer) => {
      running++;
      answer.text('done');
      // Each call lasts until the limit is reached or no more calls are to come.
      await eventually('two calls are in progress', () => running >= 2 || server.calls.length === 12, {
        timeoutMs: 1_500,
      }).catch(() => {});
      answer.finish('stop');
      running--;
    });
    const options = { models: 'gpt=openai;concurrency=2', baseUrl: server.url };
    const ids = await submitTasks(12);
    await using _one = await startExecutor(database.db, options);
    await using _other = await startExecutor(database.db, options);
    for (const id of ids) expect(await untilEnded(database.db, id, 20_000)).toMatchObject({ attempts: 1 });
    expect(server.mostAtOnce).toBe(2);
    expect(server.calls).toHaveLength(12);
  });

  test('that have to wait leave their slots to other models, and no more of this one are claimed', async () => {
    await using holding = await startHoldingServer();
    const { server } = holding;
    const limited = await submitTasks(10);
    const models = 'gpt=openai;concurrency=1,builtin';
    await using executor = await startExecutor(database.db, { models, baseUrl: server.url, concurrency: 4 });
    await eventually('the slots are taken', async () => (await countOf('RUNNING')) === 4);
    await eventually('the model is asked', () => server.calls.length === 1);
    const others = await submitTasks(8, { model: 'builtin' });
    for (const id of others) expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED' });
    expect(await countOf('RUNNING')).toBe(4);
    expect(executor.executor.attempts.count).toBe(4);
    holding.letGo();
    for (const id of limited) expect(await untilEnded(database.db, id)).toMatchObject({ attempts: 1 });
    expect(server.mostAtOnce).toBe(1);
  });

  test("do not count against a task's time while it waits for one", async () => {
    await using holding = await startHoldingServer();
    const { server } = holding;
    const [first] = await submitTasks(1);
    const options = { models: 'gpt=openai;concurrency=1', baseUrl: server.url };
    await using _executor = await startExecutor(database.db, options);
    await eventually('the model is asked', () => server.calls.length === 1);
    // Long enough for the call itself on a busy machine.
    const [waiting] = await submitTasks(1, { timeout_ms: 2_000, max_attempts: 1 });
    await eventually(
      'it is claimed',
      async () => (await getTask(database.db, UNRESTRICTED, waiting!))?.status === 'RUNNING',
    );
    const [claimed] = await database.db.sql`select attempt_started_at from tasks where id = ${waiting!}`;
    await eventually('more than its time has passed', async () => {
      const [row] = await database.db.sql`
        select now() > ${claimed!.attempt_started_at}::timestamptz + interval '2500 ms' as passed`;
      return row!.passed;
    });
    expect(await getTask(database.db, UNRESTRICTED, waiting!)).toMatchObject({ status: 'RUNNING' });
    holding.letGo();
    for (const id of [first!, waiting!])
      expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED' });
  });

  test('make room at once when a waiting task is cancelled', async () => {
    await using holding = await startHoldingServer();
    const { server } = holding;
    const options = { models: 'gpt=openai;concurrency=1', baseUrl: server.url };
    await using executor = await startExecutor(database.db, options);
    await submitTasks(1);
    await eventually('the model is asked', () => server.calls.length === 1);
    const [second] = await submitTasks(1);
    await eventually(
      'the second waits',
      async () => (await getTask(database.db, UNRESTRICTED, second!))?.status === 'RUNNING',
    );
    const [third] = await submitTasks(1);
    await cancel(database.db, UNRESTRICTED, second!);
    executor.executor.heardOfCancellation({ task_id: second!, attempt: 1 });
    await eventually('it has stopped waiting', () => executor.executor.attempts.count === 1);
    holding.letGo();
    expect(await untilEnded(database.db, third!)).toMatchObject({ status: 'COMPLETED' });
    expect(server.calls).toHaveLength(2);
  });

  test('abandoned while Postgres is asked for a place fail no others and keep none', async () => {
    await using holding = await startHoldingServer();
    holding.letGo();
    await using locked = await lockTable(database.db, 'model_calls');
    const options = { models: 'gpt=openai;concurrency=1', baseUrl: holding.server.url };
    await using executor = await startExecutor(database.db, options);
    const [first] = await submitTasks(1);
    await eventually('a place is asked for', async () => {
      const waiting = await database.db.sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return waiting.length === 1;
    });
    const [second] = await submitTasks(1);
    await eventually('the second waits behind it', () => executor.executor.attempts.count === 2);
    await cancel(database.db, UNRESTRICTED, first!);
    executor.executor.heardOfCancellation({ task_id: first!, attempt: 1 });
    await eventually('the first has left', () => executor.executor.attempts.count === 1);
    await locked[Symbol.asyncDispose]();
    expect(await untilEnded(database.db, second!)).toMatchObject({ status: 'COMPLETED' });
    expect(holding.server.calls).toHaveLength(1);
    await eventually('both places are given back', async () => {
      const [row] = await database.db.sql`
        select count(*)::int as taken, count(ended_at)::int as given_back from model_calls`;
      return row!.taken === 2 && row!.given_back === 2;
    });
  });

  test('that only wait are handed back when their executor stops', async () => {
    await using holding = await startHoldingServer();
    const options = {
      models: 'gpt=openai;concurrency=1',
      baseUrl: holding.server.url,
      drainTimeoutMs: 10_000,
    };
    const ids = await submitTasks(3);
    const stopping = await startExecutor(database.db, options);
    await eventually('all are claimed', async () => (await countOf('RUNNING')) === 3);
    await eventually('the model is asked', () => holding.server.calls.length === 1);
    const drained = stopping.executor.drain();
    await eventually('two are handed back', async () => (await countOf('PENDING')) === 2);
    holding.letGo();
    await drained;
    expect(stopping.announced).toHaveLength(2);
    const outcomes = await Promise.all(ids.map((id) => everyAttempt(database.db, id)));
    expect(
      outcomes
        .flat()
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['COMPLETED', 'RELEASED', 'RELEASED']);
  });
});

describe('calls of a model per minute', () => {
  test('stay within its limit, and continue when the minute is over', async () => {
    await using holding = await startHoldingServer();
    holding.letGo();
    const { server } = holding;
    const ids = await submitTasks(5);
    const options = { models: 'gpt=openai;rpm=3', baseUrl: server.url };
    await using _one = await startExecutor(database.db, options);
    await using _other = await startExecutor(database.db, options);
    await eventually('three have ended', async () => (await countOf('COMPLETED')) === 3);
    await eventually('the others wait', async () => (await countOf('RUNNING')) === 2);
    expect(server.calls).toHaveLength(3);
    await database.db.sql`update model_calls set started_at = started_at - interval '1 minute'`;
    for (const id of ids) expect(await untilEnded(database.db, id)).toMatchObject({ attempts: 1 });
    expect(server.calls).toHaveLength(5);
  });
});
