import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';

/** Folds the rows of the counts of finished tasks, so that summing them stays cheap. Several processes may do it at once. */
export async function foldFinishedCounts({ sql }: Database): Promise<void> {
  const folding = sql`
    with folded as (
      delete from finished_counts
      where ctid = any(array(select ctid from finished_counts for update skip locked))
      returning status, count
    )
    insert into finished_counts (status, count) select status, sum(count) from folded group by status`;
  await answeredInTime(folding);
}
