import {
  type Attempt,
  type ClaimedTask,
  cancel,
  checkpoint,
  claim,
  claimDue,
  claimLastChance,
  complete,
  type Database,
  type DueTasks,
  deleteFinished,
  fail,
  findHeld,
  foldFinishedCounts,
  loadSteps,
  release,
  renew,
  replay,
  submit,
  submitOnce,
  UNRESTRICTED,
} from '@millrace/db';
import { newStep } from '../new-step.ts';
import { newTask } from '../new-task.ts';
import { Ledger } from './ledger.ts';
import { LANE_ORDERS } from './model.ts';
import { LEASE_MS, type Move, type Plan, type PlannedTask, POOLS, type WriteVerb } from './plan.ts';
import { readStoredTasks } from './stored-task.ts';
import { advanceClock, EPOCH_MS } from './virtual-clock.ts';

const YEAR_MS = 366 * 24 * 3_600_000;

export interface Cutting {
  /** Loses the answers on a pool's connections, then closes them. Once it resolves, nothing runs on them any more. */
  readonly cut: (pool: number) => Promise<void>;
  /** Not cut. */
  readonly observer: Database;
}

/**
 * Plays a plan on these pools; throws on an inconsistency after the round in which it shows.
 *
 * @param cutting for a plan with cuts
 */
export async function playPlan(
  pools: readonly Database[],
  plan: Plan,
  { observer = pools[0]!, cut }: Partial<Cutting> = {},
): Promise<void> {
  const ledger = new Ledger();
  const ids: string[] = [];
  for (const [index, task] of plan.tasks.entries()) {
    const id = await submitPlanned(pools, task, `key-${index}`);
    ledger.open(id, EPOCH_MS + (task.delay_ms ?? 0));
    ids.push(id);
  }
  for (const strands of plan.rounds) {
    const folding = Promise.all(pools.map((pool) => new Player(pool, '', ids, ledger).fold()));
    await Promise.all(
      strands.map(async ({ pool, moves }) => {
        // A process has one pool and one name.
        const player = new Player(pools[pool]!, executorOf(pool), ids, ledger, cut);
        for (const move of moves) await player.play(move);
      }),
    );
    await folding;
    if (ledger.hasUnanswered) await releaseUnknowns(observer, ledger);
    ledger.check(await readStoredTasks(observer));
  }
}

/** As each executor does after an unanswered claim. */
async function releaseUnknowns(db: Database, ledger: Ledger): Promise<void> {
  for (let pool = 0; pool < POOLS; pool++) {
    const executor = executorOf(pool);
    const known = new Set(ledger.claimedBy(executor).map(({ task_id, attempt }) => `${task_id}/${attempt}`));
    // Whatever their age: the clock stands still, and no answer is in transit any more.
    const held = await findHeld(db, { executor, older_than_ms: -1, younger_than_ms: YEAR_MS });
    for (const attempt of held) {
      if (!known.has(`${attempt.task_id}/${attempt.attempt}`)) await release(db, attempt);
    }
  }
}

function executorOf(pool: number): string {
  return `executor-${pool}`;
}

/** However many submit a task under one key at once, there is only one. */
async function submitPlanned(pools: readonly Database[], task: PlannedTask, key: string): Promise<string> {
  const { isKeyed, ...fields } = task;
  if (!isKeyed) return (await submit(pools[0]!, newTask(fields))).id;
  const outcomes = await Promise.all(
    [...pools, ...pools].map((db) =>
      submitOnce(db, UNRESTRICTED, { ...newTask(fields), idempotency_key: key }, 'request'),
    ),
  );
  const ids = new Set(outcomes.map((outcome) => ('task' in outcome ? outcome.task.id : 'refused')));
  const created = outcomes.filter(({ kind }) => kind === 'created').length;
  if (ids.size !== 1 || created !== 1) throw new Error(`one key made ${JSON.stringify(outcomes)}`);
  return [...ids][0]!;
}

export class Player {
  readonly #db: Database;
  readonly #executor: string;
  readonly #ids: readonly string[];
  readonly #ledger: Ledger;
  readonly #cut: Cutting['cut'];

  constructor(
    db: Database,
    executor: string,
    ids: readonly string[],
    ledger: Ledger,
    cut: Cutting['cut'] = () => Promise.reject(new Error('no cuts')),
  ) {
    this.#cut = cut;
    this.#db = db;
    this.#executor = executor;
    this.#ids = ids;
    this.#ledger = ledger;
  }

  async play(move: Move): Promise<void> {
    try {
      await this.#play(move);
    } catch (error) {
      this.#ledger.failed(move, error);
    }
  }

  async fold(): Promise<void> {
    try {
      await foldFinishedCounts(this.#db);
    } catch (error) {
      this.#ledger.failed({ verb: 'fold' }, error);
    }
  }

  async #play(move: Move): Promise<void> {
    const db = this.#db;
    const ledger = this.#ledger;
    const lease = { executor: this.#executor, lease_ms: LEASE_MS };
    switch (move.verb) {
      case 'claim':
        await settleAll(this.#targets(move.tasks), async (task_id) => {
          const claimed = await claim(db, { task_id, ...lease });
          if (claimed) await this.#begin(claimed);
        });
        return;
      case 'claimDue':
        return this.#taken(
          await claimDue(db, { ...lease, limit: move.limit, lanes: LANE_ORDERS[move.laneOrder]! }),
        );
      case 'claimLastChance':
        return this.#taken(await claimLastChance(db, lease));
      case 'renew': {
        const attempts = this.#attempts(move);
        const { lost, cancelled } = await renew(db, { attempts, lease_ms: LEASE_MS });
        for (const attempt of [...lost, ...cancelled]) ledger.toldOver(attempt);
        return;
      }
      case 'cancel': {
        const [id] = this.#targets([move.task]);
        const answer = await cancel(db, UNRESTRICTED, id!);
        if (answer?.changed) ledger.cancelled(id!);
        if (!answer) ledger.cancelledNothing(id!);
        return;
      }
      case 'replay':
        {
          const replayed = await replay(db, UNRESTRICTED, { ids: this.#targets(move.tasks) }, move.limit);
          for (const { id } of replayed!) ledger.replayed(id);
        }
        return;
      case 'wait':
        return advanceClock(db, move.ms);
      case 'cut':
        return this.#cut(move.pool);
      case 'deleteFinished':
        return ledger.deleted((await deleteFinished(db, { older_than_days: 0, limit: move.limit })).deleted);
      default:
        await settleAll(this.#attempts(move), (attempt) => this.#write(move.verb, attempt));
    }
  }

  async #write(verb: WriteVerb, attempt: Attempt): Promise<void> {
    const db = this.#db;
    // Each write is unique, so that what is stored shows who wrote it.
    const words = Bun.randomUUIDv7();
    if (verb === 'complete') {
      const isWritten = await complete(db, { ...attempt, result: { output: words, steps: [] }, usage: null });
      if (isWritten) this.#ledger.wrote(attempt, { outcome: 'COMPLETED', words }, true);
    } else if (verb === 'checkpoint') {
      const seq = this.#ledger.nextSeq(attempt.task_id);
      const step = await checkpoint(db, { ...attempt, step: newStep(seq, { output: words }) });
      if (step) this.#ledger.checkpointed(attempt, seq, words);
    } else if (verb === 'release') {
      if (await release(db, attempt))
        this.#ledger.wrote(attempt, { outcome: 'RELEASED', words: null }, false);
    } else {
      const error = { code: 'busy', message: words, retryable: verb === 'retry' };
      const status = await fail(db, { ...attempt, error });
      if (status) this.#ledger.wrote(attempt, { outcome: 'FAILED', words }, status === 'FAILED');
    }
  }

  async #taken({ claimed, exhausted }: DueTasks): Promise<void> {
    for (const { id } of exhausted) this.#ledger.exhausted(id);
    await settleAll(claimed, (task) => this.#begin(task));
  }

  async #begin(task: ClaimedTask): Promise<void> {
    this.#ledger.claimed(task, this.#executor);
    this.#ledger.found(task, await loadSteps(this.#db, task.id));
  }

  #targets(tasks: readonly number[]): string[] {
    return [...new Set(tasks.map((index) => this.#ids[index % this.#ids.length]!))];
  }

  #attempts({ tasks, behind }: { tasks: readonly number[]; behind: readonly number[] }): Attempt[] {
    return this.#targets(tasks).flatMap((task_id) => {
      const newest = this.#ledger.newestAttempt(task_id);
      // Nobody writes to an attempt that nobody was given.
      return behind.map((back) => ({ task_id, attempt: newest - back })).filter(({ attempt }) => attempt > 0);
    });
  }
}

/** All at once, so that they share a batch. Fails like the first that failed, but only when all have settled. */
async function settleAll<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(act));
  const failure = outcomes.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}
