import type { HistoryQuery } from '@millrace/contracts';

/** A page ends with the item that reaches this size, so a single item may be larger. */
export const PAGE_BYTES_MAX = 1024 * 1024;

const PAGE_SIZE = 100;

/** Where a page begins, and its maximum number of items. */
export function readRange({ limit = PAGE_SIZE, cursor }: HistoryQuery): { after: number; limit: number } {
  return { after: cursor === undefined ? 0 : Number(cursor), limit };
}

/**
 * @param rows `found`: how many items were selected before the cut by size, one more than the limit if there are more
 * @param numberOf the item's number, which serves as the cursor
 */
export function toHistoryPage<Row extends { found: number }>(
  rows: readonly Row[],
  numberOf: (row: Row) => number,
): { items: Omit<Row, 'found'>[]; next_cursor: string | null } {
  const last = rows.at(-1);
  return {
    items: rows.map(({ found, ...item }) => item),
    next_cursor: last && rows.length < last.found ? String(numberOf(last)) : null,
  };
}
