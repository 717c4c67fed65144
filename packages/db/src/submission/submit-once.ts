import type { Task } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { observed } from '../connection/observer.ts';
import { getTask } from '../reading/get-task.ts';
import { KEY_LIFETIME_HOURS } from './idempotency-key.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';
import { openTasksLimit, roomUnder } from './open-tasks.ts';

export type SubmitOnceOutcome =
  | { readonly kind: 'created'; readonly task: Task }
  /** The key came with the same request before: this is the task that it made. */
  | { readonly kind: 'repeated'; readonly task: Task }
  /** The key came with another request before. */
  | { readonly kind: 'conflict'; readonly taskId: string }
  /** The caller has as many tasks open as it may; the key stays free. */
  | { readonly kind: 'full' };

/** Undoes a transaction. */
class NoRoom extends Error {}

/**
 * Stores a task under an idempotency key of the caller's owner: however many requests carry the key at once, one of them makes the task.
 *
 * @param requestHash of everything the client asked for
 */
export async function submitOnce(
  db: Database,
  caller: Caller,
  input: NewTask & { idempotency_key: string },
  requestHash: string,
): Promise<SubmitOnceOutcome> {
  const key = keyOf(caller, input.idempotency_key);
  const limit = openTasksLimit(caller);
  const binding = db.sql.begin(async (transaction) => {
    // While another request with this key is under way, this waits for its commit.
    const own = await transaction`
      insert into idempotency_keys as bound (key, request_hash, task_id)
      values (${key}, ${requestHash}, ${input.id})
      on conflict (key) do update
        set request_hash = excluded.request_hash, task_id = excluded.task_id, created_at = now()
        where bound.created_at < now() - make_interval(hours => ${KEY_LIFETIME_HOURS})
      returning key`;
    if (own.length > 0) {
      if (limit && (await roomUnder(transaction, limit)) === 0) throw new NoRoom();
      return { task: (await insertTasks(transaction, [input])).get(input.id)! };
    }
    const [earlier] = await transaction<{ task_id: string; request_hash: string }[]>`
      select task_id, request_hash from idempotency_keys where key = ${key}`;
    return { earlier: earlier! };
  });
  const bound = await observed(
    db,
    'submit_once',
    answeredInTime(binding).catch((error: unknown) => {
      if (error instanceof NoRoom) return null;
      throw error;
    }),
  );
  if (!bound) return { kind: 'full' };
  if (bound.task) return { kind: 'created', task: bound.task };
  const { task_id, request_hash } = bound.earlier;
  if (request_hash !== requestHash) return { kind: 'conflict', taskId: task_id };
  const task = await getTask(db, caller, task_id);
  if (task) return { kind: 'repeated', task };
  // The key outlived its task, which was deleted since: it is free again.
  await answeredInTime(db.sql`delete from idempotency_keys where key = ${key} and task_id = ${task_id}`);
  return submitOnce(db, caller, input, requestHash);
}

/** Each owner has keys of their own: the owner stands before them, and neither holds a line break. */
function keyOf({ owner }: Caller, key: string): string {
  return owner === null ? key : `${owner}\n${key}`;
}
