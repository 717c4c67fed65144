import type { Database } from './database.ts';

/** Told of what statements did: for metrics. Called once per statement, never per item. */
export interface DatabaseObserver {
  /** So many calls of a verb shared one statement, which was answered. */
  onBatch?(verb: string, size: number): void;
  /** A statement of a verb failed. */
  onError?(verb: string): void;
}

/**
 * Tells the database's observer how a statement ended.
 *
 * @param size how many calls share it; left out where calls share none
 */
export async function observed<Answer>(
  { observer }: Database,
  verb: string,
  statement: Promise<Answer>,
  size?: number,
): Promise<Answer> {
  try {
    const answer = await statement;
    if (size !== undefined) observer?.onBatch?.(verb, size);
    return answer;
  } catch (error) {
    observer?.onError?.(verb);
    throw error;
  }
}
