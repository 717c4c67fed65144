import { and, gte, lte, type SQL } from 'drizzle-orm';
import { tasks } from '../schema.ts';

/** Ids are made by the clock of the service that takes a task, `created_at` is Postgres'; they differ by less than this. */
const CLOCK_DIFFERENCE_MS_MAX = 300_000;

/** Ids begin with the time at which they were made: a condition that holds for all tasks created between these times. */
export function idsCreated(after: string | undefined, before: string | undefined): SQL | undefined {
  return and(
    after === undefined ? undefined : gte(tasks.id, idAt(Date.parse(after) - CLOCK_DIFFERENCE_MS_MAX, '0')),
    before === undefined ? undefined : lte(tasks.id, idAt(Date.parse(before) + CLOCK_DIFFERENCE_MS_MAX, 'f')),
  );
}

function idAt(ms: number, rest: '0' | 'f'): string {
  const digits = Math.min(Math.max(0, ms), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return digits.padEnd(32, rest).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
