/**
 * Fields with data: Postgres's details of a refused row (the row, its key, or what could not be parsed), and
 * the input of an invalid URL, which may contain a password.
 */
const SENSITIVE_FIELDS = ['detail', 'where', 'input'];
/** Causes may be circular. */
const CAUSES_MAX = 10;

/**
 * An error made safe to log: without the values of a failed statement, which are prompts, outputs and key
 * hashes, and without invalid URLs, in itself or its causes.
 */
export function loggedError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  if (depth > CAUSES_MAX) return undefined;
  const cause = loggedError(error.cause, depth + 1);
  const sensitive = SENSITIVE_FIELDS.filter((field) => Object.hasOwn(error, field));
  if (cause === error.cause && sensitive.length === 0) return error;
  // A copy: error handlers may need the fields that are removed here.
  const logged: Error = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error));
  for (const field of sensitive) Reflect.deleteProperty(logged, field);
  logged.cause = cause;
  return logged;
}
