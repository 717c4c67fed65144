import { NoAnswerError } from './errors.ts';

/** Longer than Postgres's own statement timeout: this is for a connection on which nothing comes back any more. */
const ANSWER_MS_MAX = 20_000;

/**
 * @param longestMs for a shorter time than statements have anyway
 * @throws NoAnswerError; the statement may still be carried out
 */
export async function answeredInTime<Answer>(
  answer: PromiseLike<Answer>,
  longestMs = ANSWER_MS_MAX,
): Promise<Answer> {
  const timeoutMs = Math.min(longestMs, ANSWER_MS_MAX);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new NoAnswerError(timeoutMs)), timeoutMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
