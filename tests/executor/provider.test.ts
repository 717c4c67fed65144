import { describe, expect, test } from 'bun:test';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { type ChatScript, type ChatServer, startChatServer } from './chat-server.ts';
import {
  API_KEY,
  deltasOf,
  startExecutor,
  submitTask,
  type TestExecutor,
  untilEnded,
} from './test-executor.ts';

const database = shared(() => createTestDatabase(8));

/** One task of the model `gpt` against a scripted server. */
async function run(
  script: ChatScript,
  test: (context: { id: string; server: ChatServer; executor: TestExecutor }) => Promise<void>,
  fields: Parameters<typeof submitTask>[1] = {},
) {
  await using server = await startChatServer(script);
  const id = await submitTask(database.db, fields);
  await using executor = await startExecutor(database.db, { models: 'gpt=openai', baseUrl: server.url });
  await test({ id, server, executor });
}

describe('the events of a turn', () => {
  test('are its text as it arrives, then the step, then the end', async () => {
    const shown = Promise.withResolvers<void>();
    await run(
      async (_request, answer) => {
        answer.text('Hel');
        await shown.promise;
        answer.text('lo');
        answer.finish('stop');
      },
      async ({ id, executor }) => {
        await eventually('the first text is published at once', () => deltasOf(executor).length === 1);
        expect(await everyStep(database.db, id)).toEqual([]);
        shown.resolve();
        await untilEnded(database.db, id);
        await eventually('the end is published', () => executor.events.at(-1)?.type === 'status');
        const told = executor.events.map((event) =>
          event.type === 'status' ? event.status : event.type === 'step' ? event.step.output : event.text,
        );
        expect(told).toEqual(['RUNNING', 'Hel', 'lo', 'Hello', 'COMPLETED']);
        expect(deltasOf(executor).map(({ seq, offset, attempt }) => [seq, offset, attempt])).toEqual([
          [1, 0, 1],
          [1, 3, 1],
        ]);
      },
    );
  });
});

describe('a provider that does not answer', () => {
  test('fails the attempt at its deadline, and closes the connection', async () => {
    await run(
      (_request, answer) => answer.gone,
      async ({ id, server }) => {
        expect(await untilEnded(database.db, id)).toMatchObject({
          status: 'FAILED',
          error: { code: 'timeout' },
        });
        await eventually('the connection is closed', () => server.calls[0]!.abortedAt);
      },
      { timeout_ms: 300, max_attempts: 1 },
    );
  });
});

describe('a provider that ends a turn without usage or closing the stream', () => {
  test('is not waited for: the turn is paid for and complete', async () => {
    await run(
      async (_request, answer) => {
        answer.text('done');
        answer.finishOnly('stop');
        await answer.gone;
      },
      async ({ id, server }) => {
        const task = await untilEnded(database.db, id);
        expect(task).toMatchObject({ status: 'COMPLETED', attempts: 1, result: { output: 'done' } });
        expect(server.calls).toHaveLength(1);
        await eventually('the connection is closed', () => server.calls[0]!.abortedAt);
      },
      { timeout_ms: 9_000, max_attempts: 1 },
    );
  });
});

describe('a provider that redirects', () => {
  test('is not followed: prompts go only where the configuration says', async () => {
    await using elsewhere = await startChatServer((_request, answer) => answer.finish('stop'));
    await run(
      () => ({
        status: 307,
        message: 'moved',
        headers: { location: `${elsewhere.url}/chat/completions` },
      }),
      async ({ id, server }) => {
        const task = await untilEnded(database.db, id);
        expect(task).toMatchObject({ status: 'FAILED', error: { code: 'provider_not_found' } });
        expect(server.calls).toHaveLength(1);
        expect(elsewhere.calls).toHaveLength(0);
      },
    );
  });
});

describe('a stream that is cut', () => {
  test('before any text was shown is retried at once', async () => {
    await run(
      (_request, answer) => {
        answer.calls({ id: 'a', name: 'time', arguments: '{"time' });
      },
      async ({ id, server }) => {
        const task = await untilEnded(database.db, id);
        expect(task).toMatchObject({ attempts: 1, error: { code: 'stream_cut', retryable: true } });
        expect(server.calls).toHaveLength(3);
      },
      { max_attempts: 1 },
    );
  });

  test('after text was shown is left to the next attempt: no attempt takes text back', async () => {
    let count = 0;
    await run(
      (_request, answer) => {
        count++;
        answer.text(count === 1 ? 'Once upon' : 'It was');
        if (count > 1) answer.finish('stop');
      },
      async ({ id, executor }) => {
        expect(await untilEnded(database.db, id)).toMatchObject({
          attempts: 2,
          result: { output: 'It was' },
        });
        expect(deltasOf(executor).map(({ attempt, seq, text }) => [attempt, seq, text])).toEqual([
          [1, 1, 'Once upon'],
          [2, 1, 'It was'],
        ]);
        const [attempt] = await database.db.sql`select error from task_attempts where task_id = ${id}`;
        expect(attempt!.error.code).toBe('stream_cut');
      },
    );
  });
});

describe('a provider that asks to slow down', () => {
  const slowDown = (seconds: string) => ({
    status: 429,
    message: 'slow down',
    headers: { 'retry-after': seconds },
  });

  test('briefly is retried within the attempt', async () => {
    let refusedAt = 0;
    let askedAgainAt = 0;
    await run(
      (_request, answer) => {
        if (refusedAt === 0) {
          refusedAt = performance.now();
          return slowDown('1');
        }
        askedAgainAt = performance.now();
        answer.text('done');
        answer.finish('stop');
      },
      async ({ id }) => {
        expect(await untilEnded(database.db, id)).toMatchObject({ attempts: 1 });
        expect(askedAgainAt - refusedAt).toBeGreaterThanOrEqual(990);
      },
    );
  });

  test('for long is left alone for that long', async () => {
    await run(
      () => slowDown('120'),
      async ({ id, server }) => {
        const task = await eventually('the attempt has failed', async () => {
          const [row] = await database.db.sql`
            select error, extract(epoch from due_at - now())::float8 as wait from tasks
            where id = ${id} and status = 'PENDING' and attempts = 1`;
          return row;
        });
        expect(task.error).toMatchObject({ code: 'rate_limited', retryable: true });
        expect(task.wait).toBeGreaterThan(115);
        expect(server.calls).toHaveLength(1);
      },
    );
  });
});

describe('text from models and providers', () => {
  test('is stored even if it contains what Postgres refuses', async () => {
    const odd = 'a\u0000b\ud800c';
    await run(
      ({ messages }, answer) => {
        if (messages.length === 1) {
          answer.text(odd);
          answer.calls({ id: 'a', name: 'calculator', arguments: JSON.stringify({ 'x\u0000': '\ud800' }) });
          answer.finish('tool_calls');
        } else {
          answer.text(odd);
          answer.finish('stop');
        }
      },
      async ({ id, executor }) => {
        const stored = 'a\ufffdb\ufffdc';
        expect(await untilEnded(database.db, id)).toMatchObject({
          status: 'COMPLETED',
          result: { output: stored },
        });
        const steps = await everyStep(database.db, id);
        expect(steps[1]).toMatchObject({
          arguments: { 'x\ufffd': '\ufffd' },
          error: { code: 'invalid_arguments' },
        });
        expect(deltasOf(executor).map(({ seq, offset, text }) => [seq, offset, text])).toEqual([
          [1, 0, stored],
          [3, 0, stored],
        ]);
      },
    );
  });

  test('never shows the key, even if the provider echoes it', async () => {
    const echo = (status: number) => () => ({ status, message: `the key ${API_KEY} is wrong` });
    for (const status of [400, 401, 403, 404, 500]) {
      await run(
        echo(status),
        async ({ id, server, executor }) => {
          const { error } = await untilEnded(database.db, id);
          expect(server.calls[0]!.headers.authorization).toBe(`Bearer ${API_KEY}`);
          expect(error).not.toBeNull();
          expect(JSON.stringify([error, executor.events, executor.log])).not.toContain(API_KEY);
        },
        { max_attempts: 1 },
      );
    }
  });
});
