import { expect, test } from 'bun:test';
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

/** How long after such sends, right behind one another, the next one begins, in some tries. */
async function gaps(sends: readonly Send[]): Promise<number[]> {
  const gaps: number[] = [];
  for (let tries = 0; tries < 5; tries++) {
    const schedule = new SendSchedule();
    for (const { count, cameMeanwhile } of sends) {
      schedule.end(cameMeanwhile);
      schedule.begin(count);
    }
    const begun = performance.now();
    schedule.request();
    await schedule.untilNext(never);
    gaps.push(performance.now() - begun);
  }
  return gaps;
}

const many = (sends: number, cameMeanwhile: number) => Array<Send>(sends).fill({ count: 100, cameMeanwhile });

test('what comes alone goes at once', async () => {
  const schedule = new SendSchedule();
  schedule.request();
  expect(schedule.isDue).toBe(true);
  expect(await beginsAtOnce(schedule)).toBe(true);
});

test('what comes after a send waits for company, for longer the more there is and the busier everybody is', async () => {
  // Timers may be a little early, and the machine may stand still between any two lines of a try.
  const few = Math.min(...(await gaps([{ count: 1, cameMeanwhile: 50 }])));
  expect(few).toBeGreaterThan(2);
  expect(few).toBeLessThan(7);
  const quiet = Math.min(...(await gaps(many(30, 1))));
  expect(quiet).toBeGreaterThan(7);
  expect(quiet).toBeLessThan(15);
  expect(Math.max(...(await gaps(many(30, 50))))).toBeGreaterThan(22);
});

test('one send during which many came changes little', async () => {
  expect(Math.min(...(await gaps([...many(30, 1), ...many(1, 50)])))).toBeLessThan(20);
});

test('a full send does not wait', async () => {
  const schedule = new SendSchedule();
  for (let sends = 0; sends < 100; sends++) {
    schedule.request();
    expect(await beginsAtOnce(schedule, () => true)).toBe(true);
    schedule.begin(1_000);
  }
  schedule.request();
  expect(await beginsAtOnce(schedule)).toBe(false);
});

test('what is in no hurry goes with what is, or by itself soon after', async () => {
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

test('one that is woken without cause has nothing to send', async () => {
  const schedule = new SendSchedule();
  schedule.wake();
  expect(await beginsAtOnce(schedule)).toBe(true);
  expect(schedule.isDue).toBe(false);
});
