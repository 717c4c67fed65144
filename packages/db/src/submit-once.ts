import type { Task } from '@millrace/contracts';
import type { Database } from './database.ts';
import { getTask } from './get-task.ts';
import { KEY_LIFETIME_HOURS } from './idempotency-key.ts';
import { insertTasks, type NewTask } from './insert-tasks.ts';
import { observed } from './observer.ts';

export type SubmitOnceOutcome =
  | { readonly kind: 'created'; readonly task: Task }
  /** The key came with the same request before: this is the task that it made. */
  | { readonly kind: 'repeated'; readonly task: Task }
  /** The key came with another request before. */
  | { readonly kind: 'conflict'; readonly taskId: string };

/**
 * Stores a task under an idempotency key: however many requests carry the key at once, one of them makes the task.
 *
 * @param requestHash of everything the client asked for
 */
export async function submitOnce(
  db: Database,
  input: NewTask & { idempotency_key: string },
  requestHash: string,
): Promise<SubmitOnceOutcome> {
  const binding = db.sql.begin(async (transaction) => {
    // While another request with this key is under way, this waits for its commit.
    const own = await transaction`
      insert into idempotency_keys as bound (key, request_hash, task_id)
      values (${input.idempotency_key}, ${requestHash}, ${input.id})
      on conflict (key) do update
        set request_hash = excluded.request_hash, task_id = excluded.task_id, created_at = now()
        where bound.created_at < now() - make_interval(hours => ${KEY_LIFETIME_HOURS})
      returning key`;
    if (own.length > 0) return { task: (await insertTasks(transaction, [input])).get(input.id)! };
    const [earlier] = await transaction<{ task_id: string; request_hash: string }[]>`
      select task_id, request_hash from idempotency_keys where key = ${input.idempotency_key}`;
    return { earlier: earlier! };
  });
  const bound = await observed(db, 'submit_once', binding);
  if ('task' in bound) return { kind: 'created', task: bound.task };
  const { task_id, request_hash } = bound.earlier;
  if (request_hash !== requestHash) return { kind: 'conflict', taskId: task_id };
  const task = await getTask(db, task_id);
  if (task) return { kind: 'repeated', task };
  // The key outlived its task, which was deleted since: it is free again.
  await db.sql`delete from idempotency_keys where key = ${input.idempotency_key} and task_id = ${task_id}`;
  return submitOnce(db, input, requestHash);
}
