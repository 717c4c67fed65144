import { expect, test } from 'bun:test';
import type { TaskStatusChange } from '@millrace/contracts';
import { TRACEPARENT } from '../message-codec.ts';
import { type Outgoing, toTopicMessages } from './outgoing.ts';

const doorbell = (task: number): Outgoing => ({
  kind: 'doorbell',
  taskId: `task-${task}`,
  lane: 'normal',
  sizeBytes: 1,
});

const status = (task: number, attempt: number): Outgoing => ({
  kind: 'status',
  change: { task_id: `task-${task}`, status: 'RUNNING', attempt },
  sizeBytes: 1,
});

const many = (count: number, item: (index: number) => Outgoing) =>
  Array.from({ length: count }, (_, index) => item(index));

function valuesOf(items: Outgoing[]): { task_ids: string[]; changes: TaskStatusChange[] }[] {
  return toTopicMessages(items).flatMap(({ messages }) =>
    messages.map(({ value }) => JSON.parse(String(value))),
  );
}

test('doorbells share messages, but enough of them for several executors to get some', () => {
  const sizes = (count: number) => valuesOf(many(count, doorbell)).map(({ task_ids }) => task_ids.length);
  expect(sizes(3)).toEqual([1, 1, 1]);
  expect(sizes(80)).toEqual(Array(8).fill(10));
  expect(sizes(1000)).toEqual([...Array(15).fill(64), 40]);
  const sent = valuesOf(many(1000, doorbell)).flatMap(({ task_ids }) => task_ids);
  expect(sent).toEqual(Array.from({ length: 1000 }, (_, task) => `task-${task}`));
});

test('a doorbell with a trace has a message of its own', () => {
  const traced = { ...doorbell(0), traceparent: '00-trace' } as Outgoing;
  expect(toTopicMessages([traced])[0]?.messages).toEqual([
    { value: expect.stringContaining('task-0'), headers: { [TRACEPARENT]: '00-trace' } },
  ]);
});

test("of a task's statuses only the latest is sent, and a message holds a bounded number", () => {
  expect(valuesOf([status(0, 1), status(0, 2)])[0]?.changes.map(({ attempt }) => attempt)).toEqual([2]);
  expect(valuesOf(many(501, (task) => status(task, 1))).map(({ changes }) => changes.length)).toEqual([
    500, 1,
  ]);
});
