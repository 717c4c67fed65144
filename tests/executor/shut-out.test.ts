import { expect, test } from 'bun:test';
import { openDatabase } from '@millrace/db';
import { calculator, type Tool } from '@millrace/tools';
import { TestLogin } from '../db/test-login.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

test('what was finished while the login was refused is kept until it can be written, and not run again', async () => {
  await using database = await createTestDatabase();
  await using login = await TestLogin.create(database.url);
  const db = openDatabase({ url: login.url, maxConnections: 4, applicationName: 'millrace-test' });
  let runs = 0;
  const refused = Promise.withResolvers<void>();
  const { name, description, parameters } = calculator;
  const tool: Tool<typeof parameters> = {
    name,
    description,
    parameters,
    async run(call, context) {
      runs++;
      await refused.promise;
      return calculator.run(call, context);
    },
  };
  const id = await submitTask(db, { model: 'builtin', prompt: 'calculate 6*7', max_attempts: 1 });
  const executor = await startExecutor(db, { models: 'builtin', baseUrl: '', tools: [tool] });
  await eventually('it runs', () => runs > 0);

  await login.refuse();
  refused.resolve();
  // It says so every five seconds only, and how often it has tried in between: longer than a defect would be tried.
  await eventually(
    'it has tried for long',
    () =>
      executor.log.some((line) => line.startsWith('outcome not written yet') && /more_before: \d/.test(line)),
    { timeoutMs: 20_000 },
  );
  await login.permit();

  const ended = await untilEnded(database.db, id, 20_000);
  expect(ended).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { output: '42' } });
  expect(runs).toBe(1);
  await executor.executor.drain();
  await db.close();
}, 60_000);
