import { isFinished, type Task } from '@millrace/contracts';
import type { Caller } from '../caller.ts';
import type { Database } from '../connection/database.ts';
import { getTask } from '../reading/get-task.ts';
import { replay } from './replay.ts';

const TRIES_MAX = 20;
const TRY_INTERVAL_MS = 25;

export interface Replay {
  /** False if the task had not ended, or the caller is at its limit of open tasks. */
  readonly changed: boolean;
  /** Whether that limit was the reason. */
  readonly full: boolean;
  readonly task: Task;
}

/** Makes one finished task PENDING again. Null if there is no such task. */
export async function replayTask(db: Database, caller: Caller, id: string): Promise<Replay | null> {
  for (let tries = 1; ; tries++) {
    const replayed = await replay(db, caller, { ids: [id] }, 1);
    const task = await getTask(db, caller, id);
    if (!task) return null;
    if (replayed?.length === 1) return { changed: true, full: false, task };
    if (!isFinished(task.status)) return { changed: false, full: false, task };
    if (!replayed || tries === TRIES_MAX) return { changed: false, full: !replayed, task };
    // Finished, but skipped because someone else holds its row, most likely to replay it too.
    await Bun.sleep(TRY_INTERVAL_MS);
  }
}
