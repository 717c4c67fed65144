import type { Database } from '../connection/database.ts';

/** Folds the rows of the counts of finished tasks, so that summing them stays cheap. Several processes may do it at once. */
export async function foldFinishedCounts({ query }: Database): Promise<void> {
  await query`
    with folded as (
      delete from finished_counts
      where ctid = any(array(select ctid from finished_counts for update skip locked))
      returning status, count
    )
    insert into finished_counts (status, count) select status, sum(count) from folded group by status`;
}
