import { holdTransaction } from '../holds.ts';
import type { Scenario } from '../scenario.ts';

const KEPT = 'dead row versions that vacuum had to keep';

export const longTransaction: Scenario = {
  name: 'long-transaction',
  title: 'a long transaction holding back vacuum',
  schedule: (random, durationMs) => [
    { atMs: random.below(Math.round(durationMs / 10)), fault: 'begin-long-transaction' },
  ],
  async perform({ fault }, run) {
    const { world } = run;
    const transaction = await holdTransaction(world, async (sql) => {
      await sql`set transaction isolation level repeatable read`;
      await sql`select count(*) from tasks`;
    });
    run.hit(fault);
    // Called when every task has ended.
    run.defer(async () => {
      try {
        await world.db.sql`vacuum (analyze) tasks`;
        const [row] = await world.db.sql<{ dead: number }[]>`
          select n_dead_tup::int as dead from pg_stat_user_tables where relname = 'tasks'`;
        run.note(KEPT, row!.dead);
      } finally {
        await transaction.release();
      }
    });
  },
  verify: ({ notes }) => (notes.get(KEPT) ? [] : ['the transaction held no dead row versions back']),
};
