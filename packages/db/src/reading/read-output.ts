import type { TaskError, TaskStatus } from '@millrace/contracts';
import { type Caller, isSeen } from '../caller.ts';
import type { Database } from '../connection/database.ts';

export interface OutputChunk {
  readonly status: TaskStatus;
  readonly error: TaskError | null;
  /** Null until there is a result. */
  readonly text: string | null;
  /** Length of the whole output, in characters. */
  readonly length: number | null;
}

/**
 * A part of a task's output. Offset and length are in Postgres characters, so that no character is ever
 * split. Null if there is no such task.
 */
export async function readOutput(
  db: Database,
  caller: Caller,
  id: string,
  { offset, length }: { offset: number; length: number },
): Promise<OutputChunk | null> {
  const [row] = await db.query<OutputChunk[]>`
    select status::text, error, substr(result ->> 'output', ${offset}::integer + 1, ${length}) as text,
      length(result ->> 'output') as length
    from tasks where id = ${id} and ${isSeen(db, caller)}`;
  return row ?? null;
}
