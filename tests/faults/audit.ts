import type { TaskStatus } from '@millrace/contracts';
import type { Database } from '@millrace/db';

/** One state change of one task, recorded by Postgres in the transaction that made it. */
export interface Transition {
  readonly task_id: string;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly at: number;
  /** The connection's application name: for executors, their id. */
  readonly writer: string;
  readonly old_status: TaskStatus;
  readonly new_status: TaskStatus;
  readonly old_attempts: number;
  readonly new_attempts: number;
  /** The executor of the attempt before and after. */
  readonly old_executor: string | null;
  readonly new_executor: string | null;
}

/** Holding this lock exclusively keeps submissions from committing. */
export const SUBMISSION_GATE = 7_305_412;

/**
 * Makes Postgres record every transition of every task, so that even an overwritten outcome shows. Renewals change neither
 * status nor attempts and are left out, unless they touch a finished task. The trigger writes as its owner, for services whose
 * roles may write no other tables.
 */
export async function installAudit(db: Database): Promise<void> {
  await db.sql.unsafe(`
    create table fault_audit (
      id bigserial primary key, task_id uuid not null, at timestamptz not null default clock_timestamp(),
      writer text not null, old_status text not null, new_status text not null, old_attempts int not null,
      new_attempts int not null, old_executor text, new_executor text
    );
    create function fault_audit_transition() returns trigger language plpgsql security definer as $$
    begin
      insert into fault_audit
        (task_id, writer, old_status, new_status, old_attempts, new_attempts, old_executor, new_executor)
      values (old.id, current_setting('application_name'), old.status, new.status, old.attempts, new.attempts,
        left(old.executor, 63), left(new.executor, 63));
      return null;
    end $$;
    create trigger fault_audit_transition after update on tasks for each row
      when (old.status is distinct from new.status or old.attempts <> new.attempts or old.finished_at is not null)
      execute function fault_audit_transition();
    create function fault_audit_gate() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${SUBMISSION_GATE});
      return null;
    end $$;
    create trigger fault_audit_gate before insert on tasks for each statement execute function fault_audit_gate();
  `);
}

export async function readAudit(db: Database): Promise<Transition[]> {
  const rows = await db.sql<(Omit<Transition, 'at'> & { at: string })[]>`
    select task_id, (extract(epoch from at) * 1000)::float8 as at, writer, old_status, new_status, old_attempts,
      new_attempts, old_executor, new_executor
    from fault_audit order by id`;
  return rows.map((row) => ({ ...row, at: Number(row.at) }));
}

export function isEnd(status: TaskStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

/** An executor claimed a task whose former executor had died or fallen silent. */
export function isTakeover(transition: Transition): boolean {
  const { old_status, new_status, old_attempts, new_attempts } = transition;
  return old_status === 'RUNNING' && new_status === 'RUNNING' && new_attempts === old_attempts + 1;
}

/** Ends beyond each task's first, and writes to finished tasks. */
export function doubleOutcomes(audit: readonly Transition[]): Transition[] {
  const ended = new Set<string>();
  return audit.filter(({ task_id, new_status }) => {
    if (ended.has(task_id)) return true;
    if (isEnd(new_status)) ended.add(task_id);
    return false;
  });
}

/** Changes by someone who neither held the task nor was claiming it. */
export function foreignWrites(audit: readonly Transition[]): Transition[] {
  return audit.filter((transition) => {
    const { writer, old_status, new_status, old_executor, new_executor } = transition;
    if (old_status === 'PENDING') return new_status !== 'RUNNING' || new_executor !== writer;
    if (isTakeover(transition)) return new_executor !== writer;
    return old_executor !== writer;
  });
}
