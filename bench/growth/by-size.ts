import type { Database } from '@millrace/db';
import { percentile } from '../percentiles.ts';
import { type Verb, verbsOn } from './verbs.ts';

export interface Sized {
  readonly size: number;
  readonly db: Database;
}

interface Costs {
  readonly ms: number[];
  readonly buffers: number[];
}

/** Every verb in turn on every size, so that other load on the machine affects all of them alike. */
export async function measureBySize(sized: readonly Sized[], rounds: number): Promise<void> {
  const sides = await Promise.all(
    sized.map(async ({ size, db }) => ({
      size,
      db,
      verbs: await verbsOn(db),
      costs: new Map<string, Costs>(),
    })),
  );
  for (let round = -1; round < rounds; round++) {
    for (const index of sides[0]!.verbs.keys()) {
      for (const { db, verbs, costs } of round % 2 ? sides.toReversed() : sides) {
        const verb = verbs[index]!;
        const cost = await measureOnce(db, verb);
        const all = costs.get(verb.name) ?? { ms: [], buffers: [] };
        costs.set(verb.name, all);
        // The first round plans the statements and warms the caches.
        if (round < 0) continue;
        all.ms.push(cost.ms / verb.tasks);
        all.buffers.push(cost.buffers / verb.tasks);
      }
    }
  }
  const sizes = sides.map(({ size }) => `${size.toLocaleString('en')}`.padStart(12));
  console.log(`\n${'medians'.padEnd(22)}${sizes.join('')}   ratio to the smallest: time | buffers`);
  for (const { name } of sides[0]!.verbs) {
    const of = (key: keyof Costs) => sides.map(({ costs }) => percentile(costs.get(name)![key], 0.5));
    const [ms, buffers] = [of('ms'), of('buffers')];
    const ratios = (values: number[]) => values.slice(1).map((value) => (value / values[0]!).toFixed(2));
    console.log(
      `${name.padEnd(22)}${ms.map((value) => `${value.toFixed(3)} ms`.padStart(12)).join('')}   ` +
        `${ratios(ms).join(' ')} | ${ratios(buffers).join(' ')}  (${buffers.map((value) => value.toFixed(1)).join(', ')})`,
    );
  }
}

async function measureOnce(db: Database, verb: Verb): Promise<{ ms: number; buffers: number }> {
  const before = await buffersRead(db);
  const begun = performance.now();
  await verb.run();
  const ms = performance.now() - begun;
  return { ms, buffers: (await buffersRead(db)) - before };
}

/** Pages of tables and indexes that statements have accessed, cached or not. */
async function buffersRead({ sql }: Database): Promise<number> {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<[{ buffers: number }]>`
    select sum(coalesce(heap_blks_read, 0) + coalesce(heap_blks_hit, 0) + coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0)
      + coalesce(toast_blks_read, 0) + coalesce(toast_blks_hit, 0))::float8 as buffers from pg_statio_user_tables`;
  return row.buffers;
}
