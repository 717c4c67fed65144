/**
 * Postgres stores microseconds; answers show milliseconds, truncated. A client that asks for tasks later than a shown time must not get one
 * that shows this very time: filters compare shown times.
 */

/** A bound for `>=`: the first moment shown as later than `time`. */
export function firstShownAfter(time: string): string {
  return asTime(Date.parse(time) + 1);
}

/** A bound for `<`: the first moment not shown as earlier than `time`. */
export function firstNotShownBefore(time: string): string {
  const hasMore = /\.\d{3}0*[1-9]/.test(time);
  return asTime(Date.parse(time) + (hasMore ? 1 : 0));
}

/** Clamped at 1970: nothing is older, and Postgres cannot read the year 0 that some times have in UTC. */
function asTime(ms: number): string {
  return new Date(Math.max(0, ms)).toISOString();
}
