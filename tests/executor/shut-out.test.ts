import { expect, test } from 'bun:test';
import type { Database } from '@millrace/db';
import { calculator } from '@millrace/tools';
import { TestLogin } from '../db/test-login.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startChatServer } from './chat-server.ts';
import { calculatorThat, startExecutor, submitTask, untilEnded } from './test-executor.ts';

const outages: Record<string, (lab: { sql: Database['sql']; login: TestLogin; table: string }) => Outage> = {
  'the login was refused': ({ login }) => ({ begin: () => login.refuse(), end: () => login.permit() }),
  'the login lacked a permission': ({ sql, login }) => ({
    begin: () => sql.unsafe(`alter role ${login.role} nosuperuser`),
    end: () => sql.unsafe(`alter role ${login.role} superuser`),
  }),
  'a table was missing': ({ sql, table }) => ({
    begin: () => sql`alter table ${sql(table)} rename to elsewhere`,
    end: () => sql`alter table elsewhere rename to ${sql(table)}`,
  }),
};

interface Outage {
  begin(): PromiseLike<unknown>;
  end(): PromiseLike<unknown>;
}

/** `db` is a pool of the login that is shut out, when the outage begins, at least from this table. */
async function openLab(what: string, table: string) {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase());
  const login = opened.use(await TestLogin.create(database.url));
  const db = opened.use(openPool(login.url, 4));
  const outage = outages[what]!({ sql: database.db.sql, login, table });
  const held = opened.move();
  return { database, db, outage, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

test.concurrent.each(Object.keys(outages))(
  'outcomes reached while %s are kept until they can be written, and not run again',
  async (what) => {
    await using lab = await openLab(what, 'finished_counts');
    const { database, db, outage } = lab;
    let runs = 0;
    const begun = Promise.withResolvers<void>();
    const tool = calculatorThat(async (call, context) => {
      runs++;
      await begun.promise;
      return calculator.run(call, context);
    });
    const id = await submitTask(db, { model: 'builtin', prompt: 'calculate 6*7', max_attempts: 1 });
    await using executor = await startExecutor(db, { models: 'builtin', baseUrl: '', tools: [tool] });
    await eventually('it runs', () => runs > 0);

    await outage.begin();
    begun.resolve();
    // It logs only every five seconds, with the number of tries in between: more than a defect would get.
    await eventually(
      'it has tried for long',
      () =>
        executor.log.some(
          (line) => line.startsWith('could not write the outcome; retrying') && /more_before: \d/.test(line),
        ),
      { timeoutMs: 20_000 },
    );
    await outage.end();

    const ended = await untilEnded(database.db, id, 20_000);
    expect(ended).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { output: '42' } });
    expect(runs).toBe(1);
  },
  60_000,
);

test.each(Object.keys(outages))(
  'turns that end while %s are stored once they can be, and not asked for again',
  async (what) => {
    await using lab = await openLab(what, 'task_steps');
    const { database, db, outage } = lab;
    const begun = Promise.withResolvers<void>();
    await using server = await startChatServer(async ({ messages }, answer) => {
      if (messages.length === 1) {
        await begun.promise;
        answer.calls({ id: 'a', name: 'calculator', arguments: '{"expression":"6*7"}' });
        answer.finish('tool_calls');
      } else {
        answer.text('42');
        answer.finish('stop');
      }
    });
    const id = await submitTask(db, { max_attempts: 1 });
    await using executor = await startExecutor(db, { models: 'gpt=openai', baseUrl: server.url });
    await eventually('the model is asked', () => server.calls.length > 0);

    await outage.begin();
    begun.resolve();
    await eventually('the step cannot be stored', () =>
      executor.log.some((line) => line.startsWith('could not store or read steps')),
    );
    await outage.end();

    const ended = await untilEnded(database.db, id, 20_000);
    expect(ended).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { output: '42' } });
    expect(server.calls).toHaveLength(2);
  },
  60_000,
);

test.each(['the login lacked a permission', 'a table was missing'])(
  'a call waits while %s, and returns none of the permits that it was refused',
  async (what) => {
    await using lab = await openLab(what, 'model_calls');
    const { database, db: pool, outage } = lab;
    let asked = 0;
    const transaction: Database['transaction'] = (use) => {
      asked++;
      return pool.transaction(use);
    };
    const ended = Promise.withResolvers<void>();
    await using server = await startChatServer(async (_request, answer) => {
      await ended.promise;
      answer.text('42');
      answer.finish('stop');
    });
    const models = 'gpt=openai;concurrency=1';
    const ids = await Promise.all([1, 2].map(() => submitTask(pool, { max_attempts: 1 })));
    await using executor = await startExecutor({ ...pool, transaction }, { models, baseUrl: server.url });
    await eventually('one call is made, and one waits', () => server.calls.length === 1 && asked > 2);

    await outage.begin();
    asked = 0;
    await eventually('it has asked several times', () => asked > 4);
    const returned = executor.log.filter((line) => line.startsWith('could not record the end'));
    await outage.end();
    ended.resolve();

    for (const id of ids) expect(await untilEnded(database.db, id)).toMatchObject({ status: 'COMPLETED' });
    expect(returned).toEqual([]);
  },
  60_000,
);

test.each(Object.keys(outages))(
  'a message that arrives while %s is not acknowledged before its task can be claimed',
  async (what) => {
    await using lab = await openLab(what, 'tasks');
    const { database, db: pool, outage } = lab;
    const failedAt: number[] = [];
    const onError = (verb: string) => verb === 'claim' && failedAt.push(performance.now());
    const db = { ...pool, observer: { onError } };
    await using executor = await startExecutor(db, { models: 'builtin', baseUrl: '' });
    // Left to its message: polls take it in an hour.
    const taskId = await submitTask(database.db, { model: 'builtin', delay_ms: 3_600_000 });
    await database.db.sql`update tasks set run_at = now()`;
    await outage.begin();
    let isAcknowledged = false;
    const acknowledge = () => {
      isAcknowledged = true;
    };
    executor.executor.receive([{ taskId, lane: 'normal', traceparent: undefined, acknowledge }]);
    await eventually('its claim fails again', () => failedAt.length > 1);
    expect(isAcknowledged).toBe(false);
    // Postgres is not asked again and again without a pause.
    expect(failedAt[1]! - failedAt[0]!).toBeGreaterThan(450);
    await outage.end();

    await eventually('it is acknowledged', () => isAcknowledged);
    expect(await untilEnded(database.db, taskId)).toMatchObject({ status: 'COMPLETED', attempts: 1 });
  },
  60_000,
);

test.concurrent('renewals that fail do not count as progress', async () => {
  await using lab = await openLab('the login was refused', 'tasks');
  const { db, outage } = lab;
  const leaseMs = 2_000;
  const options = { models: 'gpt=simulated', simulatedLatencyMs: 60_000, baseUrl: '', leaseMs };
  await using executor = await startExecutor(db, options);
  await submitTask(db);
  await eventually('it runs', () => executor.executor.attempts.count > 0);

  await outage.begin();
  await eventually('its renewals have failed for longer than a lease', () => {
    const { last_renewal_ms_ago } = executor.executor.progress();
    return last_renewal_ms_ago !== null && last_renewal_ms_ago > leaseMs;
  });
  await outage.end();
}, 60_000);

test.concurrent.each(Object.keys(outages))(
  'polls that fail while %s do not count as progress',
  async (what) => {
    await using lab = await openLab(what, 'task_attempts');
    const { db, outage } = lab;
    await using executor = await startExecutor(db, { models: 'builtin', baseUrl: '' });
    // Polls are less than a second apart.
    const lastedMs = () => executor.executor.progress().last_look_ms_ago ?? Number.POSITIVE_INFINITY;
    await eventually('it polls', () => lastedMs() < 1_000);

    await outage.begin();
    await eventually('its polls have failed for long', () => lastedMs() > 2_000);
    await outage.end();
    await eventually('it polls again', () => lastedMs() < 1_000);
  },
  60_000,
);
