import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import type { Database } from '@millrace/db';
import { CountFolding } from './count-folding.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('folds once in ten seconds for as long as tasks end, and not after a stop', () => {
  let folds = 0;
  const query = async () => void folds++;
  const db = { query } as unknown as Database;
  const folding = new CountFolding({ db, outage: { warn() {} } as never });
  const foldsAfter = (tasks: number) => {
    for (let ended = 0; ended < tasks; ended++) folding.taskEnded();
    jest.advanceTimersByTime(10_000);
    return folds;
  };
  expect([foldsAfter(0), foldsAfter(5), foldsAfter(0), foldsAfter(1)]).toEqual([0, 1, 1, 2]);
  folding.taskEnded();
  folding.stop();
  expect(foldsAfter(0)).toBe(2);
});
