import type postgres from 'postgres';

/**
 * On whose behalf a verb acts. Every verb that serves clients takes one and reveals nothing that the caller
 * may not see: another owner's id is answered like one that does not exist.
 */
export interface Caller {
  /** Sees only this owner's tasks; null: all tasks, including those without an owner. */
  readonly sees: string | null;
  /** The owner of the tasks it creates; null: none. */
  readonly owner: string | null;
  /** It may add no task while its owner has this many unfinished; null for no limit. */
  readonly max_open_tasks: number | null;
}

/** The caller where no API key is required, and for local tools. */
export const UNRESTRICTED: Caller = { sees: null, owner: null, max_open_tasks: null };

/** A condition on `tasks`: the caller may see the row. */
export function isSeen({ sql }: { readonly sql: postgres.ISql }, { sees }: Caller) {
  return sees === null ? sql`true` : sql`tasks.owner = ${sees}`;
}
