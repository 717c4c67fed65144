import { describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getTask, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { timed } from '../timed.ts';
import { mixedTasks } from './mixed-tasks.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

/** A real client keeps a bounded number of requests open. */
const REQUESTS_AT_ONCE = 32;

async function submitAll(platform: TestStack, count: number) {
  const expected = mixedTasks(count);
  const ids: string[] = [];
  let next = 0;
  const client = async () => {
    for (let i = next++; i < expected.length; i = next++)
      ids[i] = (await platform.post(expected[i]!.create)).id;
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, client));
  return { expected, ids };
}

async function expectAllDone(platform: TestStack, count: number) {
  const { expected, ids } = await submitAll(platform, count);
  await platform.untilEnded(count, 60_000);
  const wrong: string[] = [];
  for (const [i, id] of ids.entries()) {
    const problem = expected[i]!.check((await getTask(platform.db, UNRESTRICTED, id))!);
    if (problem) wrong.push(problem);
  }
  expect(wrong).toEqual([]);
  const [totals] = await platform.db.sql<{ tasks: number; attempts: number; executors: number }[]>`
    select count(*)::int as tasks, sum(attempts)::int as attempts, count(distinct executor)::int as executors from tasks`;
  expect(totals).toMatchObject({ tasks: count, attempts: count });
  return totals!.executors;
}

describe.each([1, 3])('with %d executors', (executors) => {
  const platform = shared(() => startTestStack({ executors }));

  test('1,000 mixed tasks: none lost, one outcome each, every executor took part', async () => {
    expect(await expectAllDone(platform, 1000)).toBe(executors);
  }, 120_000);
});

describe('one task', () => {
  const platform = shared(startTestStack);

  async function run(prompt: string) {
    const { id } = await platform.post({ prompt, priority: 5 });
    return platform.ended(id);
  }

  test('completes within a second, with its steps', async () => {
    const { value: task, tookMs, stallMs } = await timed(() => run('计算 1+1'));
    expect(tookMs).toBeLessThan(1000 + stallMs);
    expect(task).toMatchObject({
      status: 'COMPLETED',
      attempts: 1,
      error: null,
      result: { output: '2', steps: [{ kind: 'tool', name: 'calculator', output: '2' }] },
    });
  });

  test('is answered in one request if the client prefers to wait', async () => {
    const submit = () =>
      fetch(`${platform.stack.gatewayUrl}/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'wait=30' },
        body: JSON.stringify({ prompt: 'calculate 6*7', model: 'builtin' }),
      });
    const { value: response, tookMs, stallMs } = await timed(submit);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'COMPLETED', result: { output: '42' } });
    // Woken by the event: the backstop would take up to a second.
    expect(tookMs).toBeLessThan(1000 + stallMs);
  });

  test('writes its file into its own folder', async () => {
    const task = await run('write "hi there" to notes.txt');
    const file = join(platform.folder, 'workspaces', task.id, 'notes.txt');
    expect(await readFile(file, 'utf8')).toBe('hi there');
  });

  test('fails honestly if it is not understood, or if a tool refuses', async () => {
    const poem = await run('write me a poem about rivers');
    expect(poem).toMatchObject({
      status: 'FAILED',
      result: null,
      error: { code: 'not_understood', retryable: false },
    });
    expect(poem.error!.message).toContain('calculate');
    expect((await run('write "x" to ../../escape.txt')).error?.code).toBe('invalid_path');
    expect((await run('calculate 1/0')).status).toBe('FAILED');
  });

  test('whose message never came is found in Postgres', async () => {
    const { id } = await platform.post({
      prompt: 'calculate 6*7',
      run_at: new Date(Date.now() + 1_500).toISOString(),
    });
    const before = await platform.get(id);
    expect(before).toMatchObject({ status: 'PENDING', attempts: 0 });
    const done = await platform.ended(id);
    expect(done.result?.output).toBe('42');
    expect(Date.parse(done.started_at!)).toBeGreaterThanOrEqual(Date.parse(before.run_at));
  });
});
