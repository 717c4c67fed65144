import type { TaskStep } from '@millrace/contracts';
import type { Attempt, ClaimedTask } from '@millrace/db';
import { LEASE_MS } from './plan.ts';
import { checkInvariants, type StoredTask } from './stored-task.ts';

/** A write that was confirmed. */
interface Written {
  readonly outcome: 'COMPLETED' | 'FAILED' | 'RELEASED';
  /** Its output or error message, unique to this write. */
  readonly words: string | null;
}

interface Account {
  /** By attempt: who was told that they own it. */
  readonly claims: Map<number, string>;
  /** By attempt. */
  readonly endings: Map<number, Written>;
  /** By number: the attempts that were told their step is stored, and its output. */
  readonly steps: Map<number, { readonly attempt: number; readonly words: string }>;
  lastSeq: number;
  /** By attempt: the numbers of the steps it found when it began. */
  readonly found: Map<number, readonly number[]>;
  /** Attempts that a heartbeat was told are over. */
  readonly toldOver: Set<number>;
  readonly notBeforeMs: number;
  /** How many verbs were told that they ended the task. */
  ends: number;
  cancels: number;
  /** Cancels that found no such task: it may have been deleted before they looked, or between their write and read. */
  cancelsOfNothing: number;
  replays: number;
}

/** From a connection that was closed. */
const CUT_CODES = [
  '57P01',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNRESET',
  'EPIPE',
];
const CLAIMS = ['claim', 'claimDue', 'claimLastChance'];
const WRITES = ['complete', 'fail', 'retry', 'release'];

/**
 * Everything the verbs answered, whoever called. However the calls interleaved, the answers and the final state must be
 * consistent with some order of the calls, one after another.
 */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #wrong: string[] = [];
  #deletions = 0;
  /** Verbs with a call that was cut off, which may or may not have been executed: more of these may be stored than answered. */
  readonly #unanswered = new Set<string>();

  open(id: string, notBeforeMs: number): void {
    this.#accounts.set(id, {
      claims: new Map(),
      endings: new Map(),
      steps: new Map(),
      lastSeq: 0,
      found: new Map(),
      toldOver: new Set(),
      notBeforeMs,
      ends: 0,
      cancels: 0,
      cancelsOfNothing: 0,
      replays: 0,
    });
  }

  /** The newest attempt given to anyone; 0 if none. */
  newestAttempt(id: string): number {
    return Math.max(0, ...this.#of(id).claims.keys());
  }

  claimed({ id, attempts }: ClaimedTask, executor: string): void {
    const { claims } = this.#of(id);
    const other = claims.get(attempts);
    if (other) this.#wrong.push(`attempt ${attempts} of ${id} was given to ${other} and to ${executor}`);
    claims.set(attempts, executor);
  }

  /** @param endsTask whether no other attempt follows it */
  wrote({ task_id, attempt }: Attempt, written: Written, endsTask: boolean): void {
    const account = this.#of(task_id);
    const other = account.endings.get(attempt);
    if (other)
      this.#wrong.push(
        `attempt ${attempt} of ${task_id} was written as ${other.outcome} and as ${written.outcome}`,
      );
    account.endings.set(attempt, written);
    if (endsTask) account.ends++;
  }

  /** What an attempt finds of earlier ones: from here on none of them may add a step. */
  found({ id, attempts }: ClaimedTask, steps: readonly TaskStep[]): void {
    const earlier = steps.filter(({ attempt }) => attempt < attempts);
    this.#of(id).found.set(
      attempts,
      earlier.map(({ seq }) => seq),
    );
  }

  /** A number that no other step has. */
  nextSeq(id: string): number {
    return ++this.#of(id).lastSeq;
  }

  checkpointed({ task_id, attempt }: Attempt, seq: number, words: string): void {
    this.#of(task_id).steps.set(seq, { attempt, words });
  }

  toldOver({ task_id, attempt }: Attempt): void {
    this.#of(task_id).toldOver.add(attempt);
  }

  exhausted(id: string): void {
    this.#of(id).ends++;
  }

  cancelled(id: string): void {
    const account = this.#of(id);
    account.ends++;
    account.cancels++;
  }

  cancelledNothing(id: string): void {
    this.#of(id).cancelsOfNothing++;
  }

  replayed(id: string): void {
    this.#of(id).replays++;
  }

  deleted(count: number): void {
    this.#deletions += count;
  }

  failed(move: { readonly verb: string }, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (CUT_CODES.includes(code)) this.#unanswered.add(move.verb);
    else this.#wrong.push(`${JSON.stringify(move)} failed: ${error} (${code})`);
  }

  get hasUnanswered(): boolean {
    return this.#unanswered.size > 0;
  }

  claimedBy(executor: string): Attempt[] {
    return [...this.#accounts].flatMap(([task_id, { claims }]) =>
      [...claims].filter(([, who]) => who === executor).map(([attempt]) => ({ task_id, attempt })),
    );
  }

  /** Call only when nothing is in flight. Throws on any inconsistency. */
  check(stored: readonly StoredTask[]): void {
    const wrong = [...this.#wrong];
    const mayBeUntold = (verbs: readonly string[]) => verbs.some((verb) => this.#unanswered.has(verb));
    const byId = new Map(stored.map((task) => [task.id, task]));
    for (const [id, account] of this.#accounts) {
      const task = byId.get(id);
      const complaints = task ? compare(task, account, mayBeUntold) : [];
      const runs = account.replays + 1;
      const endedRuns = task && task.finished_at === null ? runs - 1 : runs;
      const unsure = task ? 0 : Math.min(1, account.cancelsOfNothing);
      const isMore = account.ends > endedRuns && !mayBeUntold(['replay']);
      const isLess =
        account.ends + unsure < endedRuns && !mayBeUntold([...CLAIMS, ...WRITES, 'cancel', 'deleteFinished']);
      if (isMore || isLess)
        complaints.push(`${account.ends} verbs were told that they ended it, but ${endedRuns} runs ended`);
      wrong.push(...complaints.map((complaint) => `${complaint}: ${JSON.stringify(task ?? id)}`));
    }
    const missing = this.#accounts.size - stored.length;
    if (missing < this.#deletions || (missing > this.#deletions && !mayBeUntold(['deleteFinished'])))
      wrong.push(`${missing} tasks are gone, ${this.#deletions} were deleted`);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    stored.forEach(checkInvariants);
  }

  #of(id: string): Account {
    const account = this.#accounts.get(id);
    if (!account) throw new Error(`an answer named the unknown task ${id}`);
    return account;
  }
}

function compare(
  task: StoredTask,
  { claims, endings, toldOver, ...account }: Account,
  mayBeUntold: (verbs: readonly string[]) => boolean,
): string[] {
  const complaints: string[] = [];
  const wasNeverReplayed = account.replays === 0 && !mayBeUntold(['replay']);
  const count = (outcome: string) => task.history.filter(({ status }) => status === outcome).length;
  const isUntold = claims.size < task.attempts && mayBeUntold(CLAIMS);
  if (claims.size !== task.attempts && !isUntold) complaints.push(`${claims.size} claims were answered`);
  for (const { attempt, status, executor, started_at, ended_at, error, result } of task.history) {
    if (claims.has(attempt) ? claims.get(attempt) !== executor : !isUntold || status === 'RUNNING')
      complaints.push(`attempt ${attempt} was given to ${claims.get(attempt)}`);
    const written = endings.get(attempt);
    const outcome = ['COMPLETED', 'FAILED', 'RELEASED'].includes(status) ? status : undefined;
    const isUntoldWrite = !written && (mayBeUntold(WRITES) || !claims.has(attempt));
    if (written?.outcome !== outcome && !isUntoldWrite)
      complaints.push(`attempt ${attempt} is ${status}, but ${written?.outcome} was answered`);
    else if (written && written.words !== (result?.output ?? error?.message ?? null))
      complaints.push(`attempt ${attempt} holds a different write from the confirmed one`);
    if (status === 'RUNNING' && toldOver.has(attempt))
      complaints.push(`attempt ${attempt} runs, but its heartbeat was told that it is over`);
    if (status === 'LOST' && Date.parse(ended_at!) < Date.parse(started_at) + LEASE_MS)
      complaints.push(`attempt ${attempt} was taken over before its lease ended`);
    // A replay starts at once, delayed or not.
    if (wasNeverReplayed && Date.parse(started_at) < account.notBeforeMs)
      complaints.push(`attempt ${attempt} started before its time`);
  }
  const stored = task.steps.map(({ seq, attempt, output }) => `${seq} by ${attempt}: ${output}`);
  const accepted = [...account.steps].map(([seq, { attempt, words }]) => `${seq} by ${attempt}: ${words}`);
  const untold = new Set(stored).difference(new Set(accepted)).size;
  const lost = new Set(accepted).difference(new Set(stored)).size;
  if (lost > 0 || (untold > 0 && !mayBeUntold(['checkpoint'])))
    complaints.push(`it has the steps ${stored}, but ${accepted} were answered`);
  for (const [attempt, found] of account.found) {
    const earlier = task.steps.filter((step) => step.attempt < attempt).map(({ seq }) => seq);
    if (earlier.join() !== found.join())
      complaints.push(`attempt ${attempt} found the steps ${found} of those before it`);
  }
  if (count('CANCELLED') > account.cancels && !mayBeUntold(['cancel']))
    complaints.push(`${account.cancels} cancels were answered`);
  if (wasNeverReplayed) {
    if (task.lost_attempts !== count('LOST')) complaints.push('lost_attempts is wrong');
    if (task.uncounted_attempts !== count('RELEASED')) complaints.push('uncounted_attempts is wrong');
  }
  return complaints;
}
