import type { Attempt, TaskStatus } from '@millrace/contracts';
import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { toTimestamp } from '../connection/timestamp.ts';
import { attemptRows, resultRows } from './history-rows.ts';

/** A task's attempts, each followed by its steps, oldest first, without their contents. */
export interface HistoryOutline {
  readonly status: TaskStatus;
  /** Total number of entries. */
  readonly total: number;
  /** Those in the requested range. */
  readonly entries: readonly OutlineEntry[];
}

export type OutlineEntry =
  | { readonly kind: 'attempt'; readonly attempt: Omit<Attempt, 'result'> }
  | { readonly kind: 'step'; readonly seq: number };

/** More than any task has, and within Postgres's integers. */
const OFFSET_MAX = 1_000_000_000;

type Row = Omit<HistoryOutline, 'entries'> & { entries: EntryRow[] };
/** `seq` is 0 for the attempt itself. */
type EntryRow = Omit<Attempt, 'result'> & { seq: number };

/**
 * @returns null if there is no such task, or the caller does not see it
 */
export async function outlineHistory(
  db: Database,
  caller: Caller,
  taskId: string,
  { offset, limit }: { offset: number; limit: number },
): Promise<HistoryOutline | null> {
  const task = db.sql`${taskId}::uuid`;
  const after = Math.min(offset, OFFSET_MAX);
  const [row] = await db.query<Row[]>`
    select tasks.status::text, outline.total, outline.entries
    from tasks cross join (
      select count(*)::integer as total,
        coalesce(json_agg(json_build_object('attempt', attempt, 'seq', seq, 'status', status, 'executor', executor,
          'started_at', started_at::text, 'ended_at', ended_at::text, 'error', error) order by place)
          filter (where place > ${after}::integer and place <= ${after + limit}::integer), '[]') as entries
      from (
        select *, row_number() over (order by attempt, seq) as place
        from (
          select attempt, 0 as seq, status, executor, started_at, ended_at, error
          from ${attemptRows(db, task)} as attempts
          union all
          select attempt, seq, null, null, null, null, null from task_steps where task_id = ${task}
          union all
          select attempt, steps_before + step, null, null, null, null, null
          from ${resultRows(db, task)} as results cross join lateral generate_series(1, steps) as step
          where not exists (select from task_steps where task_id = ${task})
        ) as entries
      ) as placed
    ) as outline
    where tasks.id = ${task} and ${isSeen(db, caller)}`;
  return row ? { ...row, entries: row.entries.map(toEntry) } : null;
}

function toEntry({ seq, ...attempt }: EntryRow): OutlineEntry {
  if (seq > 0) return { kind: 'step', seq };
  const { started_at, ended_at } = attempt;
  const times = { started_at: toTimestamp(started_at), ended_at: ended_at && toTimestamp(ended_at) };
  return { kind: 'attempt', attempt: { ...attempt, ...times } };
}
