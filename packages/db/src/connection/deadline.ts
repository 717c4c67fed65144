import { NoAnswerError } from './errors.ts';

/** Longer than Postgres's own statement timeout: this is for connections that have gone silent. */
const ANSWER_MS_MAX = 20_000;

/**
 * @param maxMs only ever shortens the default limit
 * @throws NoAnswerError; the statement may still be executed
 */
export async function answeredInTime<Answer>(
  answer: PromiseLike<Answer>,
  maxMs = ANSWER_MS_MAX,
): Promise<Answer> {
  const timeoutMs = Math.min(maxMs, ANSWER_MS_MAX);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new NoAnswerError(timeoutMs)), timeoutMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
