import type { Task } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { observed } from '../connection/observer.ts';
import { getTask } from '../reading/get-task.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';
import { roomFor } from './open-tasks.ts';

/** How long a key stays bound to its first request. */
export const KEY_LIFETIME_HOURS = 24;

export type SubmitOnceOutcome =
  | { readonly kind: 'created'; readonly task: Task }
  /** The key was used with the same request before: this is the task it created. */
  | { readonly kind: 'repeated'; readonly task: Task }
  /** The key was used with a different request before. */
  | { readonly kind: 'conflict'; readonly taskId: string }
  /** The caller is at its limit of open tasks; the key stays free. */
  | { readonly kind: 'full' };

/**
 * Stores a task under an idempotency key, scoped to the caller's owner: of any number of concurrent requests
 * with the key, one creates the task.
 *
 * @param requestHash of the client's whole request
 */
export async function submitOnce(
  db: Database,
  caller: Caller,
  input: NewTask & { idempotency_key: string },
  requestHash: string,
): Promise<SubmitOnceOutcome> {
  const key = keyOf(caller, input.idempotency_key);
  const binding = db.transaction(async (transaction) => {
    // If another request with this key is in flight, this waits for its commit.
    const own = await transaction`
      insert into idempotency_keys as bound (key, request_hash, task_id)
      values (${key}, ${requestHash}, ${input.id})
      on conflict (key) do update
        set request_hash = excluded.request_hash, task_id = excluded.task_id, created_at = now()
        where bound.created_at < now() - make_interval(hours => ${KEY_LIFETIME_HOURS})
      returning key`;
    if (own.length > 0) {
      if ((await roomFor(transaction, caller)) === 0) {
        await transaction`delete from idempotency_keys where key = ${key}`;
        return null;
      }
      const [task] = await insertTasks(transaction, [input]);
      return { task: task! };
    }
    const [earlier] = await transaction<{ task_id: string; request_hash: string }[]>`
      select task_id, request_hash from idempotency_keys where key = ${key}`;
    return { earlier: earlier! };
  });
  const bound = await observed(db, 'submit_once', binding);
  if (!bound) return { kind: 'full' };
  if (bound.task) return { kind: 'created', task: bound.task };
  const { task_id, request_hash } = bound.earlier;
  if (request_hash !== requestHash) return { kind: 'conflict', taskId: task_id };
  const task = await getTask(db, caller, task_id);
  if (task) return { kind: 'repeated', task };
  // The key outlived its task, which has since been deleted: the key is free again.
  await db.query`delete from idempotency_keys where key = ${key} and task_id = ${task_id}`;
  return submitOnce(db, caller, input, requestHash);
}

/** Keys are scoped by owner, with the owner as prefix; neither can contain a line break. */
function keyOf({ owner }: Caller, key: string): string {
  return owner === null ? key : `${owner}\n${key}`;
}
