import { expect } from 'bun:test';
import { LANES, type TaskError } from '@millrace/contracts';
import { claim, claimDue, complete, type NewTask, submit } from '@millrace/db';
import type { TestDatabase } from '../test-database.ts';
import { everyAttempt } from '../whole-history.ts';
import { newTask } from './new-task.ts';

export const RETRYABLE: TaskError = { code: 'busy', message: 'try again', retryable: true };
export const FINAL: TaskError = { code: 'not_understood', message: 'no', retryable: false };
export const RESULT = { output: '2', steps: [] };

/** What suites do with the tasks of their database on the way to what they are about. */
export function taskActions(database: Pick<TestDatabase, 'db'>) {
  const claimIt = (task_id: string, executor = 'a') =>
    claim(database.db, { task_id, executor, lease_ms: 60_000 });
  return {
    claimIt,
    /** The task as the executor got it, with whatever else is due; undefined if it is not. */
    async takeOver(id: string, executor = 'b') {
      const { claimed } = await claimDue(database.db, {
        executor,
        lease_ms: 60_000,
        limit: 100,
        lanes: LANES,
      });
      return claimed.find((task) => task.id === id);
    },
    /** Its first attempt, of executor a, has begun. */
    async running(fields: Partial<NewTask> = {}): Promise<string> {
      const { id } = await submit(database.db, newTask(fields));
      expect(await claimIt(id)).not.toBeNull();
      return id;
    },
    completeIt: (task_id: string, attempt: number, output = RESULT.output) =>
      complete(database.db, { task_id, attempt, result: { ...RESULT, output }, usage: null }),
    endLease: (id: string) =>
      database.db.sql`update tasks set due_at = now() - interval '1 second' where id = ${id}`,
    /** Moves what it waits for into the past, as if by waiting. */
    letTimePass: (id: string) => database.db.sql`
      update tasks set due_at = due_at - interval '1 hour', run_at = run_at - interval '1 hour' where id = ${id}`,
    /** Of each attempt so far: its number, status, executor and error code. */
    async history(id: string) {
      const attempts = await everyAttempt(database.db, id);
      return attempts.map(({ attempt, status, executor, error }) => [
        attempt,
        status,
        executor,
        error?.code ?? null,
      ]);
    },
  };
}
