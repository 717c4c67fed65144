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

const QUIET = 1;
const BUSY = 50;
const sends = (length: number, count: number, cameMeanwhile: number) =>
  Array<Send>(length).fill({ count, cameMeanwhile });

test('what comes alone goes at once', async () => {
  const schedule = new SendSchedule();
  schedule.request();
  expect(schedule.isDue).toBe(true);
  expect(await beginsAtOnce(schedule)).toBe(true);
});

// Timers may be a little early, and the machine may stand still between any two lines of a try: least or most of them count.
test('what comes after a send waits for company, for longer the more there is', async () => {
  const few = await gaps(sends(30, 0, BUSY));
  expect(Math.max(...few)).toBeGreaterThan(2);
  expect(Math.min(...few)).toBeLessThan(7);
  const many = await gaps(sends(30, 5, BUSY));
  expect(Math.max(...many)).toBeGreaterThan(7);
  expect(Math.min(...many)).toBeLessThan(15);
});

test('where plenty comes it waits for longer the more comes while a send is under way', async () => {
  const quiet = await gaps(sends(30, 100, QUIET));
  expect(Math.max(...quiet)).toBeGreaterThan(7);
  expect(Math.min(...quiet)).toBeLessThan(15);
  expect(Math.max(...(await gaps(sends(30, 100, BUSY))))).toBeGreaterThan(22);
});

test('sends are as frequent as before once everybody has time again', async () => {
  const gapsAfterwards = await gaps([...sends(30, 100, BUSY), ...sends(30, 100, QUIET)]);
  expect(Math.min(...gapsAfterwards)).toBeLessThan(15);
});

test('one send that took long does not make them rare', async () => {
  const gapsAfterwards = await gaps([...sends(30, 100, QUIET), ...sends(1, 100, 10_000)]);
  expect(Math.min(...gapsAfterwards)).toBeLessThan(21);
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
