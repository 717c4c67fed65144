import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test';
import { SendSchedule } from './send-schedule.ts';

const never = () => false;

/** Whether the next send begins within this turn of the event loop. */
function beginsAtOnce(schedule: SendSchedule, isFull = never): Promise<boolean> {
  const turnEnds = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([schedule.untilNext(isFull).then(() => true), turnEnds]);
}

interface Send {
  readonly count: number;
  readonly cameMeanwhile: number;
}

/** How long after these back-to-back sends the next one begins. */
async function gapMs(sends: readonly Send[]): Promise<number> {
  const schedule = new SendSchedule();
  for (const { count, cameMeanwhile } of sends) {
    schedule.end(cameMeanwhile);
    schedule.begin(count);
  }
  schedule.request();
  const next = schedule.untilNext(never);
  for (let ms = 0; ; ms++) {
    for (let i = 0; i < 5; i++) await Promise.resolve();
    if (Bun.peek.status(next) === 'fulfilled') return ms;
    jest.advanceTimersByTime(1);
  }
}

const QUIET = 1;
const BUSY = 50;
const sends = (length: number, count: number, cameMeanwhile: number) =>
  Array<Send>(length).fill({ count, cameMeanwhile });

test('a single message is sent at once', async () => {
  const schedule = new SendSchedule();
  schedule.request();
  expect(schedule.isDue).toBe(true);
  expect(await beginsAtOnce(schedule)).toBe(true);
});

describe('with a fake clock', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('what is not urgent is due soon, unless a send comes first', () => {
    const schedule = new SendSchedule();
    for (let round = 0; round < 2; round++) {
      schedule.requestSoon();
      schedule.begin(1);
      jest.advanceTimersByTime(100);
      expect(schedule.isDue).toBe(false);
      schedule.requestSoon();
      jest.advanceTimersByTime(100);
      expect(schedule.isDue).toBe(true);
      schedule.begin(1);
    }
  });

  test('messages after a send gather, for longer the more there are', async () => {
    expect(await gapMs(sends(30, 0, BUSY))).toBe(3);
    expect(await gapMs(sends(30, 5, BUSY))).toBe(8);
  });

  test('under load they gather for longer the more arrive during a send', async () => {
    expect(await gapMs(sends(30, 100, QUIET))).toBe(8);
    expect(await gapMs(sends(30, 100, BUSY))).toBe(24);
  });

  test('sends become frequent again once the load has passed', async () => {
    expect(await gapMs([...sends(30, 100, BUSY), ...sends(30, 100, QUIET)])).toBe(8);
  });

  test('one slow send does not make them rare', async () => {
    expect(await gapMs([...sends(30, 100, QUIET), ...sends(1, 100, 10_000)])).toBeWithin(9, 21);
  });
});

test('a full send does not wait', async () => {
  const schedule = new SendSchedule();
  for (let sends = 0; sends < 100; sends++) {
    schedule.request();
    expect(await beginsAtOnce(schedule, () => true)).toBe(true);
    schedule.begin(1_000);
    schedule.end(1_000);
  }
  schedule.request();
  expect(await beginsAtOnce(schedule)).toBe(false);
});

test('what is not urgent goes with what is, or by itself soon after', async () => {
  const schedule = new SendSchedule();
  schedule.requestSoon();
  expect(schedule.isDue).toBe(false);
  schedule.request();
  await schedule.untilNext(never);
  schedule.begin(1);
  expect(schedule.isDue).toBe(false);
  schedule.requestSoon();
  await schedule.untilNext(never);
  expect(schedule.isDue).toBe(true);
});

test('a spurious wake-up has nothing to send', async () => {
  const schedule = new SendSchedule();
  schedule.wake();
  expect(await beginsAtOnce(schedule)).toBe(true);
  expect(schedule.isDue).toBe(false);
});
