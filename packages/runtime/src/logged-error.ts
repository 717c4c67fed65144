/**
 * What Postgres says of a row that it did not take: the row, its key, or what could not be parsed; and what could not be read as a URL,
 * which may hold a password.
 */
const TELLING_FIELDS = ['detail', 'where', 'input'];
/** Causes may go in a circle. */
const CAUSES_MAX = 10;

/**
 * An error as it may be logged: without the values of a statement that failed, which are prompts, outputs and hashes of keys, and without
 * what was no URL, in itself or in its causes.
 */
export function loggedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  if (depth > CAUSES_MAX) return undefined;
  // Drizzle's around the driver's has them in its message, and so in its stack; its cause says what went wrong.
  if ('query' in error && 'params' in error) return loggedError(error.cause, depth + 1);
  const cause = loggedError(error.cause, depth + 1);
  const telling = TELLING_FIELDS.filter((field) => Object.hasOwn(error, field));
  if (cause === error.cause && telling.length === 0) return error;
  // A copy: whoever handles the error may read what is left out here.
  const logged: Error = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error));
  for (const field of telling) Reflect.deleteProperty(logged, field);
  logged.cause = cause;
  return logged;
}
