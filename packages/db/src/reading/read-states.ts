import type { TaskStatus } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';

/** What changes while a task goes on: two equal states mean that nothing has happened to it in between. */
export interface TaskState {
  readonly id: string;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly max_attempts: number;
  /** Steps of all attempts that are finished. */
  readonly steps: number;
}

export interface StateInput {
  readonly id: string;
  readonly caller: Caller;
}

/** The states of many tasks in one statement, one for each input; null for a task that is not there, or not seen. */
export async function readStates(db: Database, inputs: readonly StateInput[]): Promise<(TaskState | null)[]> {
  const asked = inputs.map(({ id, caller }, place) => ({ place, id, sees: caller.sees }));
  const read = db.sql<(TaskState & { place: number })[]>`
    select input.place, tasks.id, status::text, attempts, max_attempts,
      coalesce((select max(seq) from task_steps where task_id = tasks.id), 0) as steps
    from json_to_recordset(${JSON.stringify(asked)}::json) as input(place integer, id uuid, sees text)
    join tasks on tasks.id = input.id and (input.sees is null or tasks.owner = input.sees)`;
  const rows = await answeredInTime(read);
  const states = new Map(rows.map(({ place, ...state }) => [place, state]));
  return inputs.map((_, place) => states.get(place) ?? null);
}
