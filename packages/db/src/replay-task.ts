import { isFinished, type Task } from '@millrace/contracts';
import type { Database } from './database.ts';
import { getTask } from './get-task.ts';
import { replay } from './replay.ts';

const TRIES_MAX = 20;
const TRY_INTERVAL_MS = 25;

export interface Replay {
  /** False if the task had not ended. */
  readonly changed: boolean;
  readonly task: Task;
}

/** Makes one finished task PENDING again. Null if there is no such task. */
export async function replayTask(db: Database, id: string): Promise<Replay | null> {
  for (let tries = 1; ; tries++) {
    const [replayed] = await replay(db, { ids: [id] }, 1);
    const task = await getTask(db, id);
    if (!task) return null;
    if (replayed) return { changed: true, task };
    if (!isFinished(task.status) || tries === TRIES_MAX) return { changed: false, task };
    // Finished, and passed over because somebody else holds its row: most likely to replay it too.
    await Bun.sleep(TRY_INTERVAL_MS);
  }
}
