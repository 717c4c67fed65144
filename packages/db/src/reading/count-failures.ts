import { type Caller, isSeen } from '../caller.ts';
import { andIf } from '../connection/and-if.ts';
import type { Database } from '../connection/database.ts';

export interface FailureGroup {
  readonly code: string;
  readonly model: string;
  readonly count: number;
  /** The most recently finished one. */
  readonly latest_task_id: string;
  readonly latest_message: string;
  readonly latest_finished_at: string;
}

/** FAILED tasks of the last hours by error code and model, most frequent first. */
export async function countFailures(
  db: Database,
  caller: Caller,
  { hours, model, limit }: { hours: number; model?: string; limit: number },
): Promise<FailureGroup[]> {
  const { sql } = db;
  return db.query<FailureGroup[]>`
    select error ->> 'code' as code, model, count(*)::integer as count,
      (array_agg(id order by finished_at desc))[1] as latest_task_id,
      (array_agg(error ->> 'message' order by finished_at desc))[1] as latest_message,
      max(finished_at) as latest_finished_at
    from tasks
    where status = 'FAILED' and ${isSeen(db, caller)} and finished_at > now() - make_interval(hours => ${hours})
      ${andIf(sql, model, (name) => sql`model = ${name}`)}
    group by 1, 2 order by count desc, latest_task_id desc limit ${limit}`;
}
