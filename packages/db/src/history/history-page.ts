import type { HistoryQuery } from '@millrace/contracts';

/** What the items of a page hold; it ends with the one that reaches this, so that a single one may be larger. */
export const PAGE_BYTES_MAX = 1024 * 1024;

const PAGE_SIZE = 100;

/** Where a page begins, and how many items it may have. */
export function readRange({ limit = PAGE_SIZE, cursor }: HistoryQuery): { after: number; limit: number } {
  return { after: cursor === undefined ? 0 : Number(cursor), limit };
}

/**
 * @param rows `found`: how many items there were to choose from, which is one more than the limit if there are so many
 * @param numberOf an item, which the next page goes on after
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
