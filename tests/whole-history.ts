import type { Attempt, HistoryQuery, TaskStep } from '@millrace/contracts';
import { type Database, listAttempts, listSteps, UNRESTRICTED } from '@millrace/db';

/** Every attempt of a task so far, whoever made it, oldest first. */
export async function everyAttempt(db: Database, taskId: string): Promise<Attempt[]> {
  return walk(async (query) => {
    const { attempts, next_cursor } = await listAttempts(db, UNRESTRICTED, taskId, query);
    return { items: attempts, next_cursor };
  });
}

/** Every step of a task so far, as users see them. */
export async function everyStep(db: Database, taskId: string): Promise<TaskStep[]> {
  return walk(async (query) => {
    const { steps, next_cursor } = await listSteps(db, UNRESTRICTED, taskId, query);
    return { items: steps, next_cursor };
  });
}

async function walk<Item>(
  read: (query: HistoryQuery) => Promise<{ items: Item[]; next_cursor: string | null }>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let query: HistoryQuery = {}; ; ) {
    const { items, next_cursor } = await read(query);
    all.push(...items);
    if (next_cursor === null) return all;
    query = { cursor: next_cursor };
  }
}
