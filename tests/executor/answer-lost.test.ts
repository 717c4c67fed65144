import { expect, test } from 'bun:test';
import { getTask, UNRESTRICTED } from '@millrace/db';
import { ToolError } from '@millrace/tools';
import { startTcpProxy } from '../tcp-proxy.ts';
import { createTestDatabase, openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { calculatorThat, startExecutor, submitTask, untilEnded } from './test-executor.ts';

test.each(['COMPLETED', 'FAILED'] as const)(
  'an outcome %s whose answer alone was lost is recognised as written, and published',
  async (status) => {
    await using database = await createTestDatabase();
    await using proxy = await startTcpProxy(database.url);
    await using db = openPool(proxy.via(database.url));
    let runs = 0;
    const lossy = Promise.withResolvers<void>();
    const tool = calculatorThat(async () => {
      // The first run lets the connection prepare its statements: later, unanswered, they would never be sent.
      if (++runs > 1) await lossy.promise;
      if (status === 'FAILED') throw new ToolError('no', 'no');
      return '42';
    });
    const task = { model: 'builtin', prompt: 'calculate 6*7', max_attempts: 1 };
    const first = await submitTask(db, task);
    await using executor = await startExecutor(db, { models: 'builtin', baseUrl: '', tools: [tool] });
    await untilEnded(db, first);
    const id = await submitTask(db, task);
    await eventually('it runs', () => runs === 2);

    proxy.loseAnswers();
    lossy.resolve();
    await eventually('it is written', async () => {
      const task = await getTask(database.db, UNRESTRICTED, id);
      return task?.status === status;
    });
    proxy.cut();

    await eventually('the outcome is published', () =>
      executor.events.some(
        (event) => event.type === 'status' && event.task_id === id && event.status === status,
      ),
    );
    expect(executor.log.filter((line) => line.startsWith('attempt had lost'))).toEqual([]);
  },
  30_000,
);
