import { describe, expect, test } from 'bun:test';
import { checkpoint, claim, replay, UNRESTRICTED } from '@millrace/db';
import { defineTool } from '@millrace/tools';
import { Type } from '@sinclair/typebox';
import { newStep } from '../db/new-step.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { type ChatScript, startChatServer } from './chat-server.ts';
import { startExecutor, submitTask, untilEnded } from './test-executor.ts';

const MODELS = 'gpt=openai;input_price=1;output_price=10';
const USAGE = { prompt_tokens: 100, completion_tokens: 10 };

const database = shared(() => createTestDatabase(8));

/** How many tool answers the model is sent. */
function answered(messages: readonly { role: string }[]): number {
  return messages.filter(({ role }) => role === 'tool').length;
}

/** A tool that counts its calls, so that a repeated one shows. */
function countingTool() {
  const calls: string[] = [];
  const tool = defineTool({
    name: 'note',
    description: 'Notes a word.',
    parameters: Type.Object({ word: Type.String() }),
    run({ word }) {
      calls.push(word);
      return `noted ${word}`;
    },
  });
  return { tool, calls };
}

const note = (word: string) => ({ id: word, name: 'note', arguments: JSON.stringify({ word }) });

/** A task whose first attempt called a and b, got the answer of a, and died. */
async function taskOfDeadExecutor(): Promise<string> {
  const { db } = database;
  const id = await submitTask(db);
  await eventually('the task is claimed', () =>
    claim(db, { task_id: id, executor: 'dead', lease_ms: 600_000 }),
  );
  const attempt = { task_id: id, attempt: 1 };
  await checkpoint(db, {
    ...attempt,
    step: newStep(1, { output: '', tool_calls: [note('a'), note('b')], usage: null }),
  });
  await checkpoint(db, {
    ...attempt,
    step: newStep(2, { tool_call_id: 'a', name: 'note', arguments: {}, output: 'noted a' }),
  });
  await db.sql`update tasks set due_at = now() where id = ${id}`;
  return id;
}

describe('an attempt after a lost one', () => {
  test('repeats no model turn and no tool call that had finished', async () => {
    const { db } = database;
    const { tool, calls } = countingTool();
    await using server = await startChatServer((_request, answer) => {
      answer.text('done');
      answer.finish('stop');
    });
    const id = await taskOfDeadExecutor();
    await using _executor = await startExecutor(db, { models: MODELS, baseUrl: server.url, tools: [tool] });
    expect(await untilEnded(db, id)).toMatchObject({
      status: 'COMPLETED',
      attempts: 2,
      result: { output: 'done' },
    });
    expect(calls).toEqual(['b']);
    expect(server.calls).toHaveLength(1);
    expect(server.calls[0]!.body.messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'noted a' },
      { role: 'tool', tool_call_id: 'b', content: 'noted b' },
    ]);
    const steps = await everyStep(db, id);
    expect(steps.map(({ seq, attempt, output }) => [seq, attempt, output])).toEqual([
      [1, 1, ''],
      [2, 1, 'noted a'],
      [3, 2, 'noted b'],
      [4, 2, 'done'],
    ]);
  });
});

describe('an attempt whose task another executor has taken', () => {
  test('stores nothing more, and stops', async () => {
    const { db } = database;
    const first = Promise.withResolvers<void>();
    await using server = await startChatServer(async ({ messages }, answer) => {
      if (server.calls.length === 1) {
        answer.text('from the');
        await first.promise;
        answer.text(' dead');
      } else answer.text(`from the living, told ${messages.length} messages`);
      answer.finish('stop', USAGE);
    });
    const id = await submitTask(db);
    // With its only slot taken, it cannot claim the task again itself.
    const options = { models: MODELS, baseUrl: server.url };
    await using zombie = await startExecutor(db, { ...options, concurrency: 1, leaseMs: 600_000 });
    await eventually('the model is asked', () => server.calls.length === 1);
    // Its lease ends without its knowledge.
    await db.sql`update tasks set due_at = now() where id = ${id}`;
    await using _living = await startExecutor(db, options);
    await untilEnded(db, id);
    first.resolve();
    await eventually('the first executor has given up', () => zombie.executor.attempts.count === 0);
    expect(await everyStep(db, id)).toMatchObject([
      { seq: 1, attempt: 2, output: 'from the living, told 1 messages' },
    ]);
    expect(zombie.events.filter(({ type }) => type === 'step')).toEqual([]);
    expect(zombie.log.some((line) => line.startsWith('attempt abandoned'))).toBe(true);
  });
});

describe('a retry after a tool call that hit a defect', () => {
  test('repeats that call alone: the others of its turn were awaited', async () => {
    const { db } = database;
    const called: string[] = [];
    const tool = defineTool({
      name: 'note',
      description: 'Notes a word.',
      parameters: Type.Object({ word: Type.String() }),
      async run({ word }) {
        called.push(word);
        if (word === 'slow') await Bun.sleep(100);
        else if (called.filter((each) => each === word).length === 1) throw new TypeError('a defect');
        return `noted ${word}`;
      },
    });
    await using server = await startChatServer(({ messages }, answer) => {
      if (answered(messages) === 0) answer.calls(note('broken'), note('slow'));
      else answer.text('done');
      answer.finish(answered(messages) === 0 ? 'tool_calls' : 'stop');
    });
    const id = await submitTask(db);
    await using _executor = await startExecutor(db, { models: MODELS, baseUrl: server.url, tools: [tool] });
    expect(await untilEnded(db, id)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
    expect(called).toEqual(['broken', 'slow', 'broken']);
    expect(server.calls).toHaveLength(2);
  });
});

describe('a retry after a failed turn', () => {
  test('continues after the completed turns, and counts the tokens of all', async () => {
    const { db } = database;
    const { tool, calls } = countingTool();
    let isDown = true;
    const script: ChatScript = ({ messages }, answer) => {
      if (answered(messages) === 0) {
        answer.calls(note('a'));
        answer.finish('tool_calls', USAGE);
      } else if (isDown) return { status: 503, message: 'try later' };
      else {
        answer.text('done');
        answer.finish('stop', USAGE);
      }
    };
    await using server = await startChatServer(script);
    const id = await submitTask(db);
    await using executor = await startExecutor(db, { models: MODELS, baseUrl: server.url, tools: [tool] });
    await eventually('the first attempt has failed', () =>
      executor.events.some((event) => event.type === 'status' && event.status === 'PENDING'),
    );
    // Three tries of the second turn within the attempt; the cost of the first is already stored.
    expect(server.calls).toHaveLength(4);
    const [failed] = await db.sql`select usage, error from tasks where id = ${id}`;
    expect(failed).toMatchObject({ usage: { input_tokens: 100 }, error: { code: 'provider_error' } });
    isDown = false;
    expect(await untilEnded(db, id)).toMatchObject({
      status: 'COMPLETED',
      attempts: 2,
      usage: { input_tokens: 200, output_tokens: 20, cached_tokens: 0, cost_usd: 0.0004 },
      result: {
        output: 'done',
        steps: [{ kind: 'tool', name: 'note', arguments: { word: 'a' }, output: 'noted a' }],
      },
    });
    expect(server.calls).toHaveLength(5);
    expect(calls).toEqual(['a']);
  });
});

describe('a replay', () => {
  test('starts over, and numbers its steps on from the last', async () => {
    const { db } = database;
    await using server = await startChatServer(({ messages }, answer) => {
      if (answered(messages) === 0) answer.calls(note('a'));
      else answer.text('done');
      answer.finish('stop');
    });
    const { tool, calls } = countingTool();
    const id = await submitTask(db);
    await using _executor = await startExecutor(db, { models: MODELS, baseUrl: server.url, tools: [tool] });
    await untilEnded(db, id);
    await replay(db, UNRESTRICTED, { ids: [id] }, 1);
    expect(await untilEnded(db, id)).toMatchObject({ status: 'COMPLETED', attempts: 2 });
    expect(server.calls.map(({ body }) => body.messages.length)).toEqual([1, 3, 1, 3]);
    expect(calls).toEqual(['a', 'a']);
    const steps = await everyStep(db, id);
    expect(steps.map(({ seq, attempt }) => [seq, attempt])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [6, 2],
    ]);
  });
});
