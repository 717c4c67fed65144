import { expect, test } from 'bun:test';
import type { TaskEvent, TaskStep } from '@millrace/contracts';
import { hintedPosition } from './hinted-position.ts';
import { formatPosition } from './position.ts';

const told = { v: 1, task_id: 'a', attempt: 2 } as const;

test.each<[TaskEvent, string]>([
  [{ ...told, type: 'status', status: 'RUNNING' }, '2.0'],
  [{ ...told, type: 'status', status: 'PENDING' }, '2.0.waiting'],
  [{ ...told, type: 'status', status: 'CANCELLED' }, '2.0.end'],
  [{ ...told, type: 'step', step: { seq: 5 } as TaskStep }, '2.5'],
  [{ ...told, type: 'delta', seq: 5, offset: 9, text: 'x' }, '2.4'],
])('%j says that the task is at %s', (event, position) => {
  expect(formatPosition(hintedPosition(event))).toBe(position);
});
