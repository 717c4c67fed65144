import { expect, test } from 'bun:test';
import { LANES, laneOf } from '@millrace/contracts';
import { newTaskId, submitAll, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { newTask } from './new-task.ts';

const database = shared(() => createTestDatabase());
const STATUSES = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

test('every task is in the lane of its priority', async () => {
  const priorities = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  await submitAll(
    database.db,
    UNRESTRICTED,
    priorities.map((priority) => newTask({ priority })),
  );
  const rows = await database.db.sql`select priority, lane from tasks order by priority`;
  expect(rows.map(({ lane }) => LANES[lane])).toEqual(priorities.map(laneOf));
});

test.each(STATUSES)(
  'Postgres takes a task that is %s with a time to be due or an end, not both',
  async (status) => {
    const taken: string[] = [];
    for (const due of [null, 'now'])
      for (const finished of [null, 'now']) {
        await database.db.sql`
        insert into tasks (id, prompt, model, priority, status, max_attempts, timeout_ms, run_at, metadata, due_at, finished_at)
        values (${newTaskId()}, 'p', 'm', 5, ${status}, 1, 1000, now(), '{}', ${due}, ${finished})`.then(
          () => taken.push(`due ${due}, finished ${finished}`),
          (error) => expect(error.constraint_name).toBe('tasks_due_until_finished'),
        );
      }
    const unfinished = status === 'PENDING' || status === 'RUNNING';
    expect(taken).toEqual([unfinished ? 'due now, finished null' : 'due null, finished now']);
  },
);
