import type { Task } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';
import { countOpenTasks, type OpenTasksLimit, openTasksLimit } from './open-tasks.ts';
import { submit } from './submit.ts';

interface LimitedSubmission {
  readonly task: NewTask;
  readonly limit: OpenTasksLimit;
}

/** Stores a task of the caller's; its id must be new. Null, and nothing was stored, if the caller has as many tasks open as it may. */
export function submitFor(db: Database, caller: Caller, task: NewTask): Promise<Task | null> {
  const limit = openTasksLimit(caller);
  return limit ? submissionsOf(limit.owner)(db, { task, limit }) : submit(db, task);
}

type SubmitLimited = (db: Database, input: LimitedSubmission) => Promise<Task | null>;
/** As many as owners have keys with a limit. */
const byOwner = new Map<string, SubmitLimited>();

/** One owner's submissions that meet share a transaction; whoever waits for that owner's lock holds up nobody else. */
function submissionsOf(owner: string): SubmitLimited {
  let submissions = byOwner.get(owner);
  if (!submissions) {
    submissions = batchedVerb('submit', submitLimited);
    byOwner.set(owner, submissions);
  }
  return submissions;
}

async function submitLimited(
  db: Database,
  inputs: readonly LimitedSubmission[],
): Promise<readonly (Task | null)[]> {
  const stored = db.sql.begin(async (transaction) => {
    const open = await countOpenTasks(
      transaction,
      inputs.map(({ limit }) => limit),
    );
    const admitted = inputs.filter(({ limit: { owner, max_open_tasks } }) => {
      const count = open.get(owner)!;
      if (count >= max_open_tasks) return false;
      open.set(owner, count + 1);
      return true;
    });
    if (admitted.length === 0) return new Map<string, Task>();
    return insertTasks(
      transaction,
      admitted.map(({ task }) => task),
    );
  });
  const tasks = await stored;
  return inputs.map(({ task }) => tasks.get(task.id) ?? null);
}
