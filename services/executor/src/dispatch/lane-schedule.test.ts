import { expect, test } from 'bun:test';
import type { Lane } from '@millrace/contracts';
import { LaneSchedule } from './lane-schedule.ts';

/** Starts `count` tasks with all of `backlog` waiting all the time. */
function run(schedule: LaneSchedule, backlog: Lane[], count: number): Lane[] {
  return Array.from({ length: count }, () => {
    const lane = schedule.order().find((candidate) => backlog.includes(candidate))!;
    schedule.started(lane, backlog);
    return lane;
  });
}

test('high goes first, however long low has been served', () => {
  const schedule = new LaneSchedule();
  expect(new Set(run(schedule, ['low'], 2000))).toEqual(new Set(['low']));
  expect(run(schedule, ['high', 'low'], 1)).toEqual(['high']);
});

test('neither normal nor low starves under any load of high', () => {
  const started = run(new LaneSchedule(), ['high', 'normal', 'low'], 1000);
  const share = (lane: Lane) => started.filter((other) => other === lane).length;
  expect(share('high')).toBeGreaterThan(800);
  expect(share('normal')).toBeGreaterThan(80);
  expect(share('low')).toBeGreaterThan(40);
});

test('a turn that found nothing is offered again', () => {
  const schedule = new LaneSchedule();
  while (schedule.order()[0] !== 'low') schedule.started('high', ['high', 'low']);
  const giveBack = schedule.started('low', ['high', 'low']);
  expect(schedule.order()[0]).toBe('high');
  giveBack();
  expect(schedule.order()[0]).toBe('low');
});

test('the order always names every lane once', () => {
  const schedule = new LaneSchedule();
  for (let i = 0; i < 100; i++) {
    const order = schedule.order();
    expect([...order].sort()).toEqual(['high', 'low', 'normal']);
    schedule.started(order[0]);
  }
});
