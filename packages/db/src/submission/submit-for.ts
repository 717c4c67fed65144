import type { Task } from '@millrace/contracts';
import { batchedVerb } from '../batching/batched-verb.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';
import { countOpenTasks, isLimited } from './open-tasks.ts';
import { submit } from './submit.ts';

interface LimitedSubmission {
  readonly task: NewTask;
  /** From the submitting API key: an owner's keys may differ. */
  readonly max_open_tasks: number;
}

/** Stores a task for the caller; its id must be new. Null, with nothing stored, if the caller is at its limit of open tasks. */
export function submitFor(db: Database, caller: Caller, task: NewTask): Promise<Task | null> {
  if (!isLimited(caller)) return submit(db, task);
  return submissionsOf(caller.owner)(db, { task, max_open_tasks: caller.max_open_tasks });
}

type SubmitLimited = (db: Database, input: LimitedSubmission) => Promise<Task | null>;
/** Bounded by the number of owners whose keys have a limit. */
const byOwner = new Map<string, SubmitLimited>();

/** Batched per owner: waiting for one owner's lock holds up nobody else. */
function submissionsOf(owner: string): SubmitLimited {
  let submissions = byOwner.get(owner);
  if (!submissions) {
    submissions = batchedVerb('submit', (db, inputs) => submitLimited(db, owner, inputs));
    byOwner.set(owner, submissions);
  }
  return submissions;
}

async function submitLimited(
  db: Database,
  owner: string,
  inputs: readonly LimitedSubmission[],
): Promise<readonly (Task | null)[]> {
  const stored = db.sql.begin(async (transaction) => {
    const max = Math.max(...inputs.map(({ max_open_tasks }) => max_open_tasks));
    let open = await countOpenTasks(transaction, owner, max);
    const admitted = inputs.filter(({ max_open_tasks }) => {
      const fits = open < max_open_tasks;
      if (fits) open++;
      return fits;
    });
    if (admitted.length === 0) return [];
    return insertTasks(
      transaction,
      admitted.map(({ task }) => task),
    );
  });
  const tasks = new Map((await stored).map((task) => [task.id, task]));
  return inputs.map(({ task }) => tasks.get(task.id) ?? null);
}
