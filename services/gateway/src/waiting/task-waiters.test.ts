import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test';
import type { StatusEvent } from '@millrace/contracts';
import { createLogger } from '@millrace/runtime';
import { TaskWaiters } from './task-waiters.ts';

const logger = createLogger('waiters-test', 'error', 'stderr');
const finished = new Set<string>();
let questions: (readonly string[])[] = [];
let answer: () => Promise<void>;
let waiters: TaskWaiters;
beforeEach(() => {
  finished.clear();
  questions = [];
  answer = () => Promise.resolve();
  waiters = new TaskWaiters({
    async findFinished(ids) {
      questions.push(ids);
      await answer();
      return ids.filter((id) => finished.has(id));
    },
    maxWaiters: 6,
    logger,
  });
});
afterEach(() => {
  waiters.stop();
  jest.useRealTimers();
});

const never = new AbortController().signal;
const join = (id: string, timeoutMs = 60_000, signal = never) =>
  waiters.join(id, { owner: 'ada', timeoutMs, signal });
const eventOf = (task_id: string, status: StatusEvent['status']): StatusEvent => ({
  v: 1,
  type: 'status',
  task_id,
  status,
  attempt: 1,
});
const settled = async (promise: Promise<void>) => {
  // After one turn of the event loop everything due has happened.
  await new Promise((resolve) => setImmediate(resolve));
  return Bun.peek.status(promise) === 'fulfilled';
};

describe('an event', () => {
  test('wakes all waiters of its task, whatever the case of the id, once Postgres confirms it', async () => {
    const [first, second, other] = [join('a'), join('A'), join('b')];
    finished.add('a').add('b');
    waiters.hear([eventOf('A', 'COMPLETED')]);
    expect([await settled(first.over), await settled(second.over), await settled(other.over)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(questions).toEqual([['a']]);
    expect(waiters.places.taken).toBe(1);
    expect(waiters.isListening).toBe(true);
    other.leave();
    expect(waiters.isListening).toBe(false);
  });

  test('that is forged, not of an end, or of a task nobody waits for wakes nobody', async () => {
    const { over } = join('a');
    const text = { v: 1, type: 'delta', task_id: 'a', attempt: 1, seq: 1, offset: 0, text: 'x' } as const;
    waiters.hear([eventOf('a', 'RUNNING'), text, eventOf('c', 'COMPLETED')]);
    expect(questions).toEqual([]);
    waiters.hear([eventOf('a', 'COMPLETED')]);
    expect(await settled(over)).toBe(false);
    expect(questions).toEqual([['a']]);
  });

  test('during a query joins the next one, once', async () => {
    const gate = Promise.withResolvers<void>();
    answer = () => gate.promise;
    const { over } = join('a');
    join('b');
    waiters.hear([eventOf('b', 'FAILED')]);
    for (let i = 0; i < 100; i++) waiters.hear([eventOf('a', 'FAILED')]);
    finished.add('a');
    expect(questions).toEqual([['b']]);
    gate.resolve();
    expect(await settled(over)).toBe(true);
    expect(questions).toEqual([['b'], ['a']]);
  });
});

describe('a waiter', () => {
  test('is freed when its time is up, its client goes, it leaves, or the gateway stops', async () => {
    const client = new AbortController();
    const timed = join('a', 1);
    const gone = join('a', 60_000, client.signal);
    const left = join('a');
    client.abort();
    left.leave();
    await Promise.all([timed.over, gone.over, left.over]);
    expect(waiters.places.taken).toBe(0);
    const stopped = join('a');
    waiters.stop();
    await stopped.over;
    await join('a').over;
    expect(waiters.places.taken).toBe(0);
  });

  test('of a client that has already gone takes no place', async () => {
    const { over } = join('a', 60_000, AbortSignal.abort());
    expect([await settled(over), waiters.places.taken]).toEqual([true, 0]);
  });

  test("counts against its owner's share until it is freed, once", () => {
    const all = [join('a'), join('a'), join('b')];
    expect([waiters.places.isFreeFor('ada'), waiters.places.isFreeFor('bob')]).toEqual([false, true]);
    all[0]!.leave();
    all[0]!.leave();
    expect([waiters.places.isFreeFor('ada'), waiters.places.taken]).toEqual([true, 2]);
  });
});

describe('the backstop', () => {
  test('asks once a second about all tasks together, and never while nobody waits', async () => {
    jest.useFakeTimers();
    const asked = (seconds: number) => {
      jest.advanceTimersByTime(seconds * 1_000);
      return questions.splice(0);
    };
    expect(asked(5)).toEqual([]);
    join('c').leave();
    expect([asked(5), jest.getTimerCount()]).toEqual([[], 0]);
    const [first, , other] = [join('a'), join('a'), join('b')];
    expect(asked(1)).toEqual([['a', 'b']]);
    jest.useRealTimers();
    await settled(other.over);
    finished.add('a');
    waiters.checkAll();
    expect([await settled(first.over), await settled(other.over)]).toEqual([true, false]);
  });

  test('goes on for those who still wait, and leaves no timer behind', () => {
    jest.useFakeTimers();
    const [first, second] = [join('a'), join('b')];
    first.leave();
    jest.advanceTimersByTime(1_000);
    expect(questions).toEqual([['b']]);
    second.leave();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('goes on after a failed query', async () => {
    answer = () => Promise.reject(new Error('away'));
    const { over } = join('a');
    finished.add('a');
    waiters.checkAll();
    expect(await settled(over)).toBe(false);
    answer = () => Promise.resolve();
    waiters.checkAll();
    expect(await settled(over)).toBe(true);
  });
});
