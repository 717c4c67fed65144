import { expect, test } from 'bun:test';
import { SendSchedule } from './send-schedule.ts';

const never = () => false;

/** How long until the next send, and what was asked for by then. */
async function measure(schedule: SendSchedule, isFull = never) {
  const from = performance.now();
  await schedule.untilNext(isFull);
  return { ms: performance.now() - from, isDue: schedule.isDue };
}

test('what comes alone goes at once, and what comes right after it waits for company', async () => {
  const schedule = new SendSchedule();
  schedule.request();
  expect(schedule.isDue).toBe(true);
  await schedule.untilNext(never);
  const begun = performance.now();
  schedule.begin(1);
  schedule.request();
  await schedule.untilNext(never);
  // Timers may be a little early.
  expect(performance.now() - begun).toBeGreaterThan(6);
});

test('where many come in a short time, more may gather', async () => {
  const schedule = new SendSchedule();
  // The first may have gathered for long.
  schedule.begin(100);
  const begun = performance.now();
  schedule.begin(100);
  schedule.request();
  await schedule.untilNext(never);
  expect(performance.now() - begun).toBeGreaterThan(20);
});

test('a full send does not wait', async () => {
  const schedule = new SendSchedule();
  for (let sends = 0; sends < 100; sends++) {
    schedule.request();
    await schedule.untilNext(() => true);
    schedule.begin(1);
  }
  schedule.request();
  const { ms } = await measure(schedule, () => true);
  expect(ms).toBeLessThan(6);
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
  expect(await measure(schedule)).toMatchObject({ isDue: true });
});

test('one that is woken without cause has nothing to send', async () => {
  const schedule = new SendSchedule();
  schedule.wake();
  expect(await measure(schedule)).toMatchObject({ isDue: false });
});
