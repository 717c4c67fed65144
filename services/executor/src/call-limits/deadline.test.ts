import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { Deadline } from './deadline.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('time runs out once', () => {
  const onPassed = jest.fn();
  new Deadline(100, onPassed);
  jest.advanceTimersByTime(99);
  expect(onPassed).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1_000);
  expect(onPassed).toHaveBeenCalledTimes(1);
});

test('it is paused during any wait, and resumes with what is left', async () => {
  const onPassed = jest.fn();
  const deadline = new Deadline(100, onPassed);
  jest.advanceTimersByTime(60);
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<void>();
  const waits = [deadline.pausedWhile(first.promise), deadline.pausedWhile(second.promise)];
  jest.advanceTimersByTime(10_000);
  first.resolve('here');
  expect(await waits[0]).toBe('here');
  jest.advanceTimersByTime(10_000);
  expect(onPassed).not.toHaveBeenCalled();
  second.reject(new Error('gone'));
  expect(await waits[1]!.catch((error: Error) => error.message)).toBe('gone');
  jest.advanceTimersByTime(39);
  expect(onPassed).not.toHaveBeenCalled();
  jest.advanceTimersByTime(2);
  expect(onPassed).toHaveBeenCalledTimes(1);
});

test('each pause takes off only the time that ran since the last', async () => {
  const onPassed = jest.fn();
  const deadline = new Deadline(100, onPassed);
  for (const ranMs of [60, 20]) {
    jest.advanceTimersByTime(ranMs);
    const wait = Promise.withResolvers<void>();
    const waiting = deadline.pausedWhile(wait.promise);
    jest.advanceTimersByTime(10_000);
    wait.resolve();
    await waiting;
  }
  jest.advanceTimersByTime(19);
  expect(onPassed).not.toHaveBeenCalled();
  jest.advanceTimersByTime(2);
  expect(onPassed).toHaveBeenCalledTimes(1);
});

test('once stopped it never runs out, whatever ends afterwards', async () => {
  const onPassed = jest.fn();
  const deadline = new Deadline(100, onPassed);
  const wait = Promise.withResolvers<void>();
  const waiting = deadline.pausedWhile(wait.promise);
  deadline.stop();
  wait.resolve();
  await waiting;
  new Deadline(100, onPassed).stop();
  jest.advanceTimersByTime(1_000);
  expect(onPassed).not.toHaveBeenCalled();
});
