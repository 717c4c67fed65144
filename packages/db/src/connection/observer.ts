import type { Database } from './database.ts';

/** Informed of each statement's result, for metrics. Called once per statement, not per item. */
export interface DatabaseObserver {
  /** A statement that `size` calls of a verb shared has succeeded. */
  onBatch?(verb: string, size: number): void;
  /** A statement of a verb failed. */
  onError?(verb: string): void;
}

/**
 * Informs the database's observer how a statement ended.
 *
 * @param size how many calls shared it; undefined for verbs that are not batched
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
