import { expect, test } from 'bun:test';
import { migrate } from '@millrace/db';
import { startOwnPostgres } from '../own-postgres.ts';
import { openPool } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { startChatServer } from './chat-server.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

test('a turn that ends while Postgres is away is stored once it is back, and not repeated', async () => {
  await using postgres = await startOwnPostgres();
  await migrate(postgres.url);
  await using db = openPool(postgres.url, 4);
  const gone = Promise.withResolvers<void>();
  await using server = await startChatServer(async ({ messages }, answer) => {
    if (messages.length === 1) {
      answer.text('let me see');
      await gone.promise;
      const call = { name: 'calculator', arguments: '{"expression":"6*7"}' };
      answer.calls({ id: 'a', ...call }, { id: 'b', ...call });
      answer.finish('tool_calls');
    } else {
      answer.text('42');
      answer.finish('stop');
    }
  });
  const id = await submitTask(db);
  await using executor = await startExecutor(db, { models: 'gpt=openai;concurrency=1', baseUrl: server.url });
  await eventually('it streams', () => executor.events.some(({ type }) => type === 'delta'));

  await postgres.kill();
  gone.resolve();
  await eventually('the step cannot be stored', () =>
    executor.log.some((line) => line.startsWith('could not store or read steps')),
  );
  await postgres.start();

  expect(await untilEnded(db, id, 20_000)).toMatchObject({
    status: 'COMPLETED',
    attempts: 1,
    result: { output: '42' },
  });
  expect(server.calls).toHaveLength(2);
  const steps = await everyStep(db, id);
  expect(steps.map(({ seq, kind, output }) => [seq, kind, output])).toEqual([
    [1, 'model', 'let me see'],
    [2, 'tool', '42'],
    [3, 'tool', '42'],
    [4, 'model', '42'],
  ]);
  const told = executor.events.flatMap((event) => (event.type === 'step' ? [event.step.seq] : []));
  expect(told).toEqual([1, 2, 3, 4]);
}, 60_000);
