// Bounds for filters by the time of creation: of `created_at`, and of ids, which begin with a time too.

/**
 * Postgres stores microseconds; answers show milliseconds, truncated. A client that asks for tasks later than
 * a shown time must not get one that shows this very time: filters compare shown times. For `>=`: the first
 * moment shown as later.
 */
export function firstShownAfter(time: string): string {
  return asTime(Date.parse(time) + 1);
}

/** For `<`: the first moment not shown as earlier than `time`. */
export function firstNotShownBefore(time: string): string {
  const hasMore = /\.\d{3}0*[1-9]/.test(time);
  return asTime(Date.parse(time) + (hasMore ? 1 : 0));
}

/** Clamped at 1970: nothing is older, and Postgres cannot read the year 0 that some times have in UTC. */
function asTime(ms: number): string {
  return new Date(Math.max(0, ms)).toISOString();
}

/** Maximum skew between the clock of the submitting service, which makes the id, and Postgres's, which sets `created_at`. */
const CLOCK_DIFFERENCE_MS_MAX = 300_000;
export const ID_MAX = idAt(Number.POSITIVE_INFINITY, 'f');

/** No task created after this time has a lower id; without a time, none at all. */
export function firstIdAfter(time: string | undefined): string {
  return idAt(time === undefined ? 0 : Date.parse(time) - CLOCK_DIFFERENCE_MS_MAX, '0');
}

/** No task created before this time has a higher id; without a time, none at all. */
export function lastIdBefore(time: string | undefined): string {
  return time === undefined ? ID_MAX : idAt(Date.parse(time) + CLOCK_DIFFERENCE_MS_MAX, 'f');
}

function idAt(ms: number, rest: '0' | 'f'): string {
  const time = Math.min(Math.max(0, ms), 2 ** 48 - 1);
  return time.toString(16).padStart(12, '0').padEnd(32, rest);
}
