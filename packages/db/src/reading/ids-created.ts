import { and, gte, lte, type SQL } from 'drizzle-orm';
import { tasks } from '../schema.ts';

/** Maximum skew between the clock of the submitting service, which makes the id, and Postgres's, which sets `created_at`. */
const CLOCK_DIFFERENCE_MS_MAX = 300_000;

/** A condition on ids, which begin with their time of creation, that holds for all tasks created between these times. */
export function idsCreated(after: string | undefined, before: string | undefined): SQL | undefined {
  return and(
    after === undefined ? undefined : gte(tasks.id, idAt(Date.parse(after) - CLOCK_DIFFERENCE_MS_MAX, '0')),
    before === undefined ? undefined : lte(tasks.id, idAt(Date.parse(before) + CLOCK_DIFFERENCE_MS_MAX, 'f')),
  );
}

function idAt(ms: number, rest: '0' | 'f'): string {
  const time = Math.min(Math.max(0, ms), 2 ** 48 - 1);
  return time.toString(16).padStart(12, '0').padEnd(32, rest);
}
