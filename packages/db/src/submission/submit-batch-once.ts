import type { Task } from '@millrace/contracts';
import type postgres from 'postgres';
import { arrayLiteral } from '../batching/array-literal.ts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { observed } from '../connection/observer.ts';
import { lockUntilEnd } from '../connection/transaction-lock.ts';
import { asTask, insertTasks, type NewTask } from './insert-tasks.ts';
import { roomFor } from './open-tasks.ts';
import { KEY_LIFETIME_HOURS } from './submit-once.ts';

interface KeyedBatch {
  readonly key: string;
  /** Of the client's whole request. */
  readonly requestHash: string;
  /** The valid ones, by their positions in the request. */
  readonly tasks: ReadonlyMap<number, NewTask>;
  /** Whether to store none unless there is room for all. */
  readonly atomic: boolean;
}

export type SubmitBatchOnceOutcome =
  /** By position, but for those without room; `added` are the ones that were not stored before. */
  | { readonly kind: 'stored'; readonly tasks: ReadonlyMap<number, Task>; readonly added: readonly Task[] }
  /** The key was used with a different request before. */
  | { readonly kind: 'conflict'; readonly taskId: string }
  /** An atomic batch exceeds the caller's limit of open tasks. */
  | { readonly kind: 'full' };

/**
 * Stores the tasks of a batch under an idempotency key, scoped to the caller's owner, in one commit: each once, however often
 * and by how many at once the request is repeated. Those stored before are returned as they were then.
 */
export function submitBatchOnce(
  db: Database,
  caller: Caller,
  { key, requestHash, tasks, atomic }: KeyedBatch,
): Promise<SubmitBatchOnceOutcome> {
  // Every position has a key, with a line break more than those of `submitOnce`. One without a position is bound with them: it
  // tells another request that has no position in common.
  const batchKey = `${caller.owner ?? ''}\n${key}\n`;
  const keyAt = (position: number) => `${batchKey}${position}`;

  const storing = db.transaction(async (transaction): Promise<SubmitBatchOnceOutcome> => {
    const [, bindings] = await Promise.all([
      lockUntilEnd(transaction, `batch/${batchKey}`),
      findBindings(transaction, [batchKey, ...tasks.keys().map(keyAt)]),
    ]);
    const other = bindings.find(({ request_hash }) => request_hash !== requestHash);
    if (other) return { kind: 'conflict', taskId: other.task_id };

    const bound = new Map(bindings.map((binding) => [binding.key, binding]));
    const stored = new Map<number, Task>();
    const missing: [number, NewTask][] = [];
    for (const [position, task] of tasks) {
      const earlier = asStored(task, bound.get(keyAt(position)));
      if (earlier) stored.set(position, earlier);
      else missing.push([position, task]);
    }
    const room = missing.length > 0 ? await roomFor(transaction, caller) : 0;
    if (atomic && room < missing.length) return { kind: 'full' };
    const adding = missing.slice(0, room);
    if (adding.length === 0) return { kind: 'stored', tasks: stored, added: [] };

    const ids = adding.map(([, { id }]) => id);
    const keys = adding.map(([position]) => keyAt(position));
    const [added] = await Promise.all([
      insertTasks(
        transaction,
        adding.map(([, task]) => task),
      ),
      bind(transaction, [batchKey, ...keys], [ids[0]!, ...ids], requestHash),
    ]);
    for (const [i, [position]] of adding.entries()) stored.set(position, added[i]!);
    return { kind: 'stored', tasks: stored, added };
  });
  return observed(db, 'submit_once', storing);
}

interface Binding {
  readonly key: string;
  readonly request_hash: string;
  readonly task_id: string;
  /** Of the task; null if it has been deleted since. */
  readonly created_at: string | null;
  readonly model: string;
}

function findBindings(sql: postgres.ISql, keys: readonly string[]): PromiseLike<Binding[]> {
  return sql<Binding[]>`
    select key, request_hash, task_id, tasks.created_at, tasks.model
    from idempotency_keys left join tasks on tasks.id = task_id
    where key = any(${arrayLiteral(keys)}::text[])
      and idempotency_keys.created_at >= now() - make_interval(hours => ${KEY_LIFETIME_HOURS})`;
}

/** Of these, some may have expired, or outlived their tasks. */
function bind(sql: postgres.ISql, keys: readonly string[], ids: readonly string[], requestHash: string) {
  return sql`
    insert into idempotency_keys (key, request_hash, task_id)
    select key, ${requestHash}, task_id
    from unnest(${arrayLiteral(keys)}::text[], ${arrayLiteral(ids)}::uuid[]) as input(key, task_id)
    on conflict (key) do update
      set request_hash = excluded.request_hash, task_id = excluded.task_id, created_at = now()`;
}

/** Null if it was not stored before, or has been deleted since. */
function asStored(input: NewTask, binding: Binding | undefined): Task | null {
  if (!binding?.created_at) return null;
  const { task_id: id, created_at, model } = binding;
  const delayed = Date.parse(created_at) + (input.delay_ms ?? 0);
  const runAt = new Date(Math.max(delayed, Date.parse(input.run_at ?? created_at)));
  // A model left out means the default of that time.
  return asTask({ ...input, id, model }, created_at, runAt.toISOString());
}
