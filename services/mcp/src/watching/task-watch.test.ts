import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test';
import { type Caller, type TaskState, UNRESTRICTED } from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import { TaskWatch } from './task-watch.ts';

const states = new Map<string, TaskState>();
let questions: (readonly string[])[] = [];
let answer: () => Promise<void>;
let watch: TaskWatch;
beforeEach(() => {
  jest.useFakeTimers();
  states.clear();
  questions = [];
  answer = () => Promise.resolve();
  watch = new TaskWatch({
    async readStates(inputs) {
      questions.push(inputs.map(({ id }) => id));
      await answer();
      return inputs.map(({ id, caller }) => (caller.sees === 'stranger' ? null : (states.get(id) ?? null)));
    },
    logger: createLogger('watch-test', 'error', 'stderr'),
  });
});
afterEach(() => {
  watch.stop();
  jest.useRealTimers();
});

const stateOf = (id: string, steps = 0): TaskState => ({
  id,
  status: 'RUNNING',
  attempts: 1,
  max_attempts: 3,
  steps,
});
function listen(id: string, caller: Caller = UNRESTRICTED) {
  const heard: (TaskState | null)[] = [];
  const news: (TaskState | null)[] = [];
  const leave = watch.watch(id, caller, (state, isNews) => {
    heard.push(state);
    if (isNews) news.push(state);
  });
  return { heard, news, leave };
}
async function settle() {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
async function tick() {
  await settle();
  jest.advanceTimersByTime(300);
  await settle();
}

test('a watch begins once the state was reported, or after a second', async () => {
  let begun = 0;
  const first = listen('a');
  void watch.looked.then(() => begun++);
  await settle();
  expect([begun, first.heard]).toEqual([1, [null]]);
  const gate = Promise.withResolvers<void>();
  answer = () => gate.promise;
  const late = listen('b');
  void watch.looked.then(() => begun++);
  listen('c');
  void watch.looked.then(() => begun++);
  await settle();
  jest.advanceTimersByTime(999);
  await settle();
  expect(begun).toBe(1);
  jest.advanceTimersByTime(1);
  await settle();
  expect(begun).toBe(3);
  gate.resolve();
  await settle();
  expect(late.news).toEqual([null]);
});

describe('a watcher', () => {
  test('is told the state at once, and then each change', async () => {
    states.set('a', stateOf('a'));
    const { heard, news } = listen('A');
    await settle();
    expect([heard, news]).toEqual([[stateOf('a')], []]);
    await tick();
    expect(heard).toHaveLength(1);
    states.set('a', stateOf('a', 1));
    await tick();
    expect([heard, news]).toEqual([[stateOf('a'), stateOf('a', 1)], [stateOf('a', 1)]]);
  });

  test('takes the first state for a change if an earlier one could not be read', async () => {
    states.set('a', stateOf('a'));
    answer = () => Promise.reject(new Error('away'));
    const { news } = listen('a');
    await settle();
    answer = () => Promise.resolve();
    await tick();
    expect(news).toEqual([stateOf('a')]);
  });

  test('is not told again when another joins', async () => {
    states.set('a', stateOf('a'));
    const first = listen('a');
    await tick();
    const second = listen('a');
    await tick();
    expect([first.heard.length, second.heard.length]).toEqual([1, 1]);
  });

  test('is told what it may see, whoever else watches the same task', async () => {
    states.set('a', stateOf('a'));
    const all = listen('a');
    const stranger = listen('a', { sees: 'stranger', owner: 'stranger', max_open_tasks: null });
    await tick();
    states.set('a', stateOf('a', 1));
    await tick();
    expect(all.heard).toEqual([stateOf('a'), stateOf('a', 1)]);
    expect(stranger.heard).toEqual([null]);
  });

  test('is told nothing once it has left', async () => {
    const { heard, leave } = listen('a');
    leave();
    await tick();
    expect([heard, questions]).toEqual([[], []]);
  });
});

test('one query asks about all tasks, and none is sent while nobody watches', async () => {
  await tick();
  expect(questions).toEqual([]);
  const all = [listen('a'), listen('b'), listen('a')];
  await settle();
  expect(questions).toEqual([['a', 'b']]);
  await tick();
  expect(questions).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  for (const { leave } of all) leave();
  await tick();
  expect(questions).toHaveLength(2);
  listen('c');
  await tick();
  expect(questions.slice(2)).toEqual([['c'], ['c']]);
});

test('a slow answer delays the next query', async () => {
  const { heard } = listen('a');
  await settle();
  const gate = Promise.withResolvers<void>();
  answer = () => gate.promise;
  await tick();
  await tick();
  expect(questions).toHaveLength(2);
  gate.resolve();
  await tick();
  expect([questions.length, heard]).toEqual([3, [null]]);
});
