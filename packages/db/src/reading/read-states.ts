import type { TaskStatus } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';

/** What changes as a task progresses: two equal states mean that nothing happened in between. */
export interface TaskState {
  readonly id: string;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly max_attempts: number;
  /** Finished steps of all attempts. */
  readonly steps: number;
}

export interface StateInput {
  readonly id: string;
  readonly caller: Caller;
}

/** The states of many tasks in one statement, one per input; null for a task that does not exist or may not be seen. */
export async function readStates(db: Database, inputs: readonly StateInput[]): Promise<(TaskState | null)[]> {
  const asked = inputs.map(({ id, caller }, place) => ({ place, id, sees: caller.sees }));
  const rows = await db.query<(TaskState & { place: number })[]>`
    select input.place, tasks.id, status::text, attempts, max_attempts,
      coalesce((select max(seq) from task_steps where task_id = tasks.id), 0) as steps
    from json_to_recordset(${JSON.stringify(asked)}::json) as input(place integer, id uuid, sees text)
    join tasks on tasks.id = input.id and (input.sees is null or tasks.owner = input.sees)`;
  const states = new Map(rows.map(({ place, ...state }) => [place, state]));
  return inputs.map((_, place) => states.get(place) ?? null);
}
