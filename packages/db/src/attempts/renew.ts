import type postgres from 'postgres';
import { arrayLiteral } from '../batching/array-literal.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { NoAnswerError } from '../connection/errors.ts';
import { observed } from '../connection/observer.ts';
import type { Attempt } from './fence.ts';

export interface Renewal {
  /** No longer owns its task: stop, write nothing. */
  readonly lost: Attempt[];
  /** Cancelled while running: stop, write nothing. */
  readonly cancelled: Attempt[];
}

/** Rows stay locked until their statement ends: a thousand would take a fifteenth of a second. */
const PART_SIZE = 200;
/** If the connection has gone silent, this leaves time to retry on a new one before the leases expire. */
const ANSWER_SHARE = 1 / 3;

/** The heartbeat: extends the leases of everything an executor runs, and returns what it should stop. */
export async function renew(db: Database, held: Held): Promise<Renewal> {
  const renewBy = (sql: postgres.Sql) => observed(db, 'renew', renewAll(sql, held));
  try {
    return await renewBy(db.sql);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return db.apart(renewBy);
  }
}

interface Held {
  readonly attempts: readonly Attempt[];
  readonly lease_ms: number;
}

async function renewAll(sql: postgres.Sql, { attempts, lease_ms }: Held): Promise<Renewal> {
  const renewal: Renewal = { lost: [], cancelled: [] };
  for (let begin = 0; begin < attempts.length; begin += PART_SIZE) {
    const { lost, cancelled } = await renewPart(sql, attempts.slice(begin, begin + PART_SIZE), lease_ms);
    renewal.lost.push(...lost);
    renewal.cancelled.push(...cancelled);
  }
  return renewal;
}

async function renewPart(
  sql: postgres.Sql,
  attempts: readonly Attempt[],
  lease_ms: number,
): Promise<Renewal> {
  // Of several attempts of one task only the latest can own it: it comes first, where array_position finds it.
  const held = attempts.toSorted((a, b) => b.attempt - a.attempt);
  const ids = arrayLiteral(held.map(({ task_id }) => task_id));
  const numbers = arrayLiteral(held.map(({ attempt }) => attempt));
  // A locked row is being completed right now: its lease no longer matters, and waiting for it while holding
  // others invites deadlocks.
  const renewed = sql<{ task_id: string; attempt: number; status: string }[]>`
    with locked as (
      select id from tasks where id = any(${ids}::uuid[]) and status = 'RUNNING'
        and attempts = (${numbers}::integer[])[array_position(${ids}::uuid[], id)]
      for update skip locked
    ), renewed as (
      update tasks set due_at = now() + make_interval(secs => ${lease_ms / 1000})
      from locked where tasks.id = locked.id
    )
    select held.task_id, held.attempt, coalesce(tasks.status::text, 'DELETED') as status
    from (select unnest(${ids}::uuid[]) as task_id, unnest(${numbers}::integer[]) as attempt) as held
    left join tasks on tasks.id = held.task_id
    where tasks.status is distinct from 'RUNNING' or tasks.attempts <> held.attempt`;
  const rows = await answeredInTime(renewed, lease_ms * ANSWER_SHARE);
  const attemptsOf = (cancelled: boolean) =>
    rows
      .filter(({ status }) => (status === 'CANCELLED') === cancelled)
      .map(({ task_id, attempt }) => ({ task_id, attempt }));
  return { lost: attemptsOf(false), cancelled: attemptsOf(true) };
}
