import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { DueHorizon, type Found } from './due-horizon.ts';
import { LOST_QUEUE } from './queue-of.ts';

const ORDER = [LOST_QUEUE, 0, 1, 2];
const NEVER = Number.NEGATIVE_INFINITY;
/** Longer than any pause between two sweeps that take no time. */
const LONG_MS = 13_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

interface Polled {
  readonly queues?: Found['queues'];
  readonly last_chance?: Found['last_chance'];
  readonly skip?: readonly string[];
  readonly overdueSeconds?: number;
  readonly tookMs?: number;
}

/**
 * Polls for up to ten tasks at this time.
 *
 * @returns from when on the three lanes, the lost tasks and those on their last chance were searched
 */
function poll(
  horizon: DueHorizon,
  now: number,
  { queues = {}, last_chance = null, skip = [], overdueSeconds = 0, tookMs = 0 }: Polled = {},
): readonly number[] {
  const look = horizon.begin(skip);
  jest.advanceTimersByTime(tookMs);
  horizon.end(look, { now, queues, last_chance }, { limit: 10, order: ORDER, overdueSeconds });
  return look.floors;
}

/** One that has swept at time 100 and found nothing. */
function swept(): DueHorizon {
  const horizon = new DueHorizon();
  expect(poll(horizon, 100)).toEqual([NEVER, NEVER, NEVER, NEVER, NEVER]);
  return horizon;
}

test('what was found empty is searched from shortly before that on, for tasks committed late', () => {
  const horizon = swept();
  expect(poll(horizon, 110, { overdueSeconds: 0.5 })).toEqual([98, 98, 98, 98, 98]);
  expect(poll(horizon, 110)).toEqual([107.5, 107.5, 107.5, 107.5, 108]);
});

test('where tasks may be left, the next poll begins with the last that was taken', () => {
  const horizon = swept();
  poll(horizon, 110, { queues: { [LOST_QUEUE]: [4, 105], 0: [6, 103] } });
  expect(poll(horizon, 120, { queues: { 0: [10, 119.5] } })).toEqual([103, 98, 98, 108, 108]);
  expect(poll(horizon, 130)).toEqual([118, 98, 98, 118, 118]);
});

test('tasks passed over are not forgotten: of models that were skipped, or on their last chance', () => {
  const horizon = swept();
  expect(poll(horizon, 110, { skip: ['a', 'b'] })[0]).toBe(NEVER);
  expect(poll(horizon, 120, { last_chance: 119 })).toEqual([98, 98, 98, 98, 98]);
  expect(horizon.lastChanceIsDue).toBe(true);
  // All that is due until then is on no last chance, except what is committed late.
  expect(poll(horizon, 125, { last_chance: 121 })).toEqual([118, 118, 118, 118, 118]);
  expect(poll(horizon, 130)).toEqual([123, 123, 123, 123, 121]);
  expect(horizon.lastChanceIsDue).toBe(false);
  expect(poll(horizon, 140, { skip: ['b', 'a'] })[0]).toBe(108);
});

test('everything is searched from time to time, until all of it has been', () => {
  const horizon = swept();
  jest.advanceTimersByTime(LONG_MS);
  expect(poll(horizon, 110, { queues: { 0: [10, 105] } })[0]).toBe(NEVER);
  expect(poll(horizon, 120)).toEqual([105, NEVER, NEVER, 108, 108]);
  expect(poll(horizon, 130)[1]).toBe(118);
});

test('a search of everything that fails is not repeated at once', () => {
  const horizon = swept();
  jest.advanceTimersByTime(LONG_MS);
  expect(horizon.begin().floors[0]).toBe(NEVER);
  expect(poll(horizon, 110)[0]).toBe(98);
});

test('a search of everything that takes long is repeated less often', () => {
  const horizon = new DueHorizon();
  poll(horizon, 100, { tookMs: 1_000 });
  jest.advanceTimersByTime(49_000);
  expect(poll(horizon, 110)[0]).toBe(98);
  jest.advanceTimersByTime(2_000);
  expect(poll(horizon, 120)[0]).toBe(NEVER);
});

test('after a sweep that stalled in an outage, the next one comes within a minute all the same', () => {
  const horizon = swept();
  jest.advanceTimersByTime(LONG_MS);
  poll(horizon, 100, { tookMs: 10_000 });
  jest.advanceTimersByTime(60_000);
  expect(poll(horizon, 170)[0]).toBe(NEVER);
});

test('nothing is known any more once the clock of Postgres was set back', () => {
  const horizon = swept();
  poll(horizon, 50);
  expect(poll(horizon, 51)[0]).toBe(NEVER);
});

test('it does not grow with the number of models that become crowded', () => {
  const horizon = swept();
  for (let model = 0; model < 100; model++) poll(horizon, 110, { skip: [`${model}`] });
  expect(poll(horizon, 120, { skip: ['0'] })[0]).toBe(NEVER);
});
