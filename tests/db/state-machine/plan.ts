import fc from 'fast-check';
import { record } from './record.ts';

/** One action of an executor or a client. Tasks are named by their index in the plan. */
export type Move =
  | { readonly verb: 'claim'; readonly tasks: number[] }
  | { readonly verb: 'claimDue'; readonly limit: number; readonly laneOrder: number }
  | { readonly verb: 'claimLastChance' }
  /** `behind` counts back from the newest known attempt: earlier ones are a zombie's, and the newest may be another's. */
  | {
      readonly verb: WriteVerb;
      readonly tasks: number[];
      readonly behind: readonly number[];
    }
  | { readonly verb: 'renew'; readonly tasks: number[]; readonly behind: readonly number[] }
  | { readonly verb: 'cancel'; readonly task: number }
  | { readonly verb: 'replay'; readonly tasks: number[]; readonly limit: number }
  | { readonly verb: 'wait'; readonly ms: number }
  | { readonly verb: 'deleteFinished'; readonly limit: number }
  /** Closes the connections of a pool, whatever they are doing. */
  | { readonly verb: 'cut'; readonly pool: number };

export const WRITE_VERBS = ['complete', 'fail', 'retry', 'release', 'checkpoint'] as const;
export type WriteVerb = (typeof WRITE_VERBS)[number];

/** Moves made one after another, while the other strands of the round make theirs. */
export interface Strand {
  /** The connection pool, and thus the group commits, that the moves use. */
  readonly pool: number;
  readonly moves: Move[];
}

export interface PlannedTask {
  readonly priority: number;
  readonly max_attempts: number;
  readonly delay_ms: number | null;
  /** Submitted under an idempotency key by everyone at once. */
  readonly isKeyed: boolean;
}

export interface Plan {
  readonly tasks: PlannedTask[];
  /** A round begins when the previous one has ended. */
  readonly rounds: Strand[][];
}

export const POOLS = 3;
export const LEASE_MS = 10_000;

const TASKS_MAX = 4;

const task = fc.nat({ max: TASKS_MAX - 1 });
const tasks = fc.uniqueArray(task, { minLength: 1, maxLength: TASKS_MAX });
const behind = fc.constantFrom([0], [0], [0], [1], [2], [1, 0], [0, 1]);
const is = <const Verb extends string>(verb: Verb) => fc.constant(verb);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: record({ verb: is('claim'), tasks }) },
  {
    weight: 5,
    arbitrary: record({
      verb: is('claimDue'),
      limit: fc.integer({ min: 1, max: TASKS_MAX }),
      laneOrder: fc.nat({ max: 2 }),
    }),
  },
  { weight: 2, arbitrary: record({ verb: is('claimLastChance') }) },
  {
    weight: 8,
    arbitrary: record({
      verb: fc.constantFrom(...WRITE_VERBS),
      tasks,
      behind,
    }),
  },
  { weight: 2, arbitrary: record({ verb: is('renew'), tasks, behind }) },
  { weight: 2, arbitrary: record({ verb: is('cancel'), task }) },
  { weight: 3, arbitrary: record({ verb: is('replay'), tasks, limit: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 3,
    arbitrary: record({ verb: is('wait'), ms: fc.constantFrom(250, LEASE_MS, LEASE_MS, 60_000) }),
  },
  { weight: 1, arbitrary: record({ verb: is('deleteFinished'), limit: fc.integer({ min: 1, max: 2 }) }) },
);

const pool = fc.nat({ max: POOLS - 1 });
const moveOrCut = fc.oneof(
  { weight: 6, arbitrary: move },
  { weight: 1, arbitrary: record({ verb: is('cut'), pool }) },
);

export const plan = planOf(move);
export const planWithCuts = planOf(moveOrCut);

function planOf(arbitraryMove: fc.Arbitrary<Move>): fc.Arbitrary<Plan> {
  const strand: fc.Arbitrary<Strand> = record({
    pool,
    moves: fc.array(arbitraryMove, { minLength: 1, maxLength: 5, size: 'max' }),
  });
  return record({
    tasks: fc.array(
      record({
        priority: fc.constantFrom(9, 5, 0),
        max_attempts: fc.integer({ min: 1, max: 4 }),
        delay_ms: fc.option(fc.constant(5_000), { freq: 5 }),
        isKeyed: fc.boolean(),
      }),
      { minLength: 1, maxLength: TASKS_MAX, size: 'max' },
    ),
    rounds: fc.array(fc.array(strand, { minLength: 1, maxLength: 9, size: 'max' }), {
      minLength: 1,
      maxLength: 6,
      size: 'max',
    }),
  });
}
