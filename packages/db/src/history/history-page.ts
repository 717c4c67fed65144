import type { HistoryQuery } from '@millrace/contracts';
import type postgres from 'postgres';
import type { Database } from '../connection/database.ts';

/** A page ends with the item that reaches this size, so a single item may be larger. */
export const PAGE_BYTES_MAX = 1024 * 1024;

const PAGE_SIZE = 100;

/** Where a page begins, and its maximum number of items. */
export function readRange({ limit = PAGE_SIZE, cursor }: HistoryQuery): { after: number; limit: number } {
  return { after: cursor === undefined ? 0 : Number(cursor), limit };
}

/**
 * Reads a page of numbered items, in the order of their numbers.
 *
 * @param number the column that numbers them, and serves as the cursor
 * @param rows those after the cursor: one more than the limit if there are more
 * @param bytes the size of a row
 */
export async function readHistoryPage<Item extends object>(
  { sql, query }: Database,
  number: Extract<keyof Item, 'attempt' | 'seq'>,
  { rows, bytes, limit }: { rows: postgres.Fragment; bytes: postgres.Fragment; limit: number },
): Promise<{ items: Item[]; next_cursor: string | null }> {
  const by = sql.unsafe(number);
  const page = await query<(Item & { found: number; bytes_before: unknown })[]>`
    select * from (
      select *, count(*) over ()::integer as found,
        coalesce(sum(${bytes}) over (order by ${by} rows between unbounded preceding and 1 preceding), 0) as bytes_before
      from (${rows}) as later
    ) as page
    where bytes_before < ${PAGE_BYTES_MAX} order by ${by} limit ${limit}`;
  const last = page.at(-1);
  return {
    items: page.map(({ found, bytes_before, ...item }) => item as Item),
    next_cursor: last && page.length < last.found ? String(last[number]) : null,
  };
}
