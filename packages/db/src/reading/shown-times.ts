/**
 * Postgres keeps microseconds, and answers show milliseconds, cut off. Whoever asks for what is later than a time that was shown wants
 * nothing that shows that time: filters compare what is shown.
 */

/** A bound for `>=`: the first moment that is shown as later than `time`. */
export function firstShownAfter(time: string): string {
  return asTime(Date.parse(time) + 1);
}

/** A bound for `<`: the first moment that is not shown as earlier than `time`. */
export function firstNotShownBefore(time: string): string {
  const hasMore = /\.\d{3}0*[1-9]/.test(time);
  return asTime(Date.parse(time) + (hasMore ? 1 : 0));
}

/** Nothing is older than 1970, and the year 0 that some times have in UTC is one that Postgres does not read. */
function asTime(ms: number): string {
  return new Date(Math.max(0, ms)).toISOString();
}
