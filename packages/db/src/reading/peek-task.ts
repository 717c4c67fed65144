import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { HEAD_CHARACTERS, PEEK_COLUMNS, type TaskPeek } from './peek-tasks.ts';

export interface TaskCloseUp extends TaskPeek {
  /** Null until there is a result. */
  readonly output_head: string | null;
  readonly output_length: number | null;
}

const COLUMNS = `${PEEK_COLUMNS}, left(tasks.result ->> 'output', ${HEAD_CHARACTERS}) as output_head,
  length(tasks.result ->> 'output') as output_length`;

/** A single task, with the beginning of its output too. */
export async function peekTask(db: Database, caller: Caller, id: string): Promise<TaskCloseUp | null> {
  const [row] = await db.query<TaskCloseUp[]>`
    select ${db.sql.unsafe(COLUMNS)} from tasks where id = ${id} and ${isSeen(db, caller)}`;
  return row ?? null;
}
