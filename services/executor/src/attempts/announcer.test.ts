import { expect, test } from 'bun:test';
import type { TaskEvent, TaskStatusChange } from '@millrace/contracts';
import { claimedTask, turn } from '../agent/steps.testing.ts';
import { Announcer } from './announcer.ts';

function listen() {
  const events: TaskEvent[] = [];
  const statuses: TaskStatusChange[] = [];
  const announcer = new Announcer({
    announce() {},
    publishEvent: (event) => void events.push(event),
    publishStatus: (change) => void statuses.push(change),
    publishDead() {},
  });
  return { announcer, events, statuses };
}

test('a step too large for a broker is skipped, and the end still comes in order', () => {
  const { announcer, events, statuses } = listen();
  const task = claimedTask();
  announcer.step(task, turn(1, 'short'));
  announcer.step(task, turn(2, 'x'.repeat(300_000)));
  announcer.changed(task, 'COMPLETED');
  expect(events.map(({ type }) => type)).toEqual(['step', 'status']);
  expect(statuses).toEqual([]);
});

test('the end of an attempt that published text, but no step, comes in order too', () => {
  const { announcer, events, statuses } = listen();
  const task = claimedTask();
  announcer.delta(task, { seq: 1, offset: 0, text: 'Hel' });
  announcer.changed(task, 'CANCELLED');
  expect(events).toEqual([
    { v: 1, type: 'delta', task_id: task.id, attempt: 1, seq: 1, offset: 0, text: 'Hel' },
    { v: 1, type: 'status', task_id: task.id, attempt: 1, status: 'CANCELLED' },
  ]);
  expect(statuses).toEqual([]);
});

test('a status of an attempt without steps may share a message, as may that of the next attempt', () => {
  const { announcer, events, statuses } = listen();
  const task = claimedTask();
  announcer.delta(task, { seq: 1, offset: 0, text: 'Hel' });
  announcer.changed({ ...task, attempts: 2 }, 'RUNNING');
  announcer.forget(task);
  announcer.changed(task, 'FAILED');
  expect(events.map(({ type }) => type)).toEqual(['delta']);
  expect(statuses.map(({ attempt, status }) => [attempt, status])).toEqual([
    [2, 'RUNNING'],
    [1, 'FAILED'],
  ]);
});
