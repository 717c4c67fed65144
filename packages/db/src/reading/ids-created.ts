/** Ids begin with the time at which the submitting service made them, by its own clock: `created_at` is by Postgres's. */
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
