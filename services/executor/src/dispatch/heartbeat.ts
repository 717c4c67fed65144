import { type Attempt, renew } from '@millrace/db';
import { attemptOf, type RunningAttempt } from '../attempts/running-attempts.ts';
import type { ExecutorContext } from '../context.ts';

// As shares of the lease.
const BEAT_SHARE = 1 / 3;
/** After a failed beat the next comes sooner: leases should survive any outage shorter than themselves. */
const RETRY_SHARE = 1 / 30;
/** A claim this young needs no renewal. */
const YOUNG_SHARE = 1 / 6;

/** Three times per lease, renews the running attempts and aborts those that are no longer ours. */
export class Heartbeat {
  readonly #context: ExecutorContext;
  #timer: Timer | undefined;
  #beating: Promise<boolean> | undefined;
  #inDoubt: Attempt[] = [];
  #rechecking: Promise<void> | undefined;
  /** `performance.now()` of the last renewal that Postgres answered, or of the last beat that had nothing to renew. */
  lastBeatAt: number | undefined;
  /** When that beat began, which may be much earlier: the leases run since then, if not longer. */
  #begunAt = 0;
  /** How far the time of day was ahead of `performance.now()` then. */
  #timeAhead = timeAhead();

  constructor(context: ExecutorContext) {
    this.#context = context;
  }

  start(): void {
    this.#schedule(BEAT_SHARE);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all([this.#beating, this.#rechecking]);
  }

  /** An attempt begins. If its claim was answered late, its lease may end before the next beat. */
  begun(attempt: RunningAttempt): void {
    if (!this.#isYoung(attempt)) this.recheck(attemptOf(attempt.task));
  }

  /** Asks Postgres now whether an attempt may go on. Calls made meanwhile share the next query. */
  recheck(attempt: Attempt): void {
    this.#inDoubt.push(attempt);
    this.#rechecking ??= this.#recheckAll().finally(() => {
      this.#rechecking = undefined;
    });
  }

  async #recheckAll(): Promise<void> {
    while (this.#inDoubt.length > 0) await this.#renew(this.#inDoubt.splice(0));
  }

  /**
   * Renews now if a beat is overdue: executors that come out of an outage together should not take one
   * another's tasks, nor pass tasks around that none of them can renew.
   *
   * @returns false if the leases could not be renewed
   */
  async catchUp(): Promise<boolean> {
    return !this.#isOverdue || this.#beatOnce();
  }

  get #isOverdue(): boolean {
    if (this.#context.attempts.count === 0) return false;
    return this.#elapsedMs(this.#begunAt) > this.#context.leaseMs * (2 / 3);
  }

  /** By `performance.now()`, and for as long as the machine has slept since the last beat, which that does not count. */
  #elapsedMs(since: number): number {
    return performance.now() - since + Math.max(0, timeAhead() - this.#timeAhead);
  }

  #schedule(share: number): void {
    this.#timer = setTimeout(async () => {
      const succeeded = await this.#beatOnce();
      if (this.#timer) this.#schedule(succeeded ? BEAT_SHARE : RETRY_SHARE);
    }, this.#context.leaseMs * share);
  }

  /** @returns whether Postgres answered */
  #beatOnce(): Promise<boolean> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  async #beat(): Promise<boolean> {
    const begunAt = performance.now();
    const ahead = timeAhead();
    const held = this.#context.attempts.list().filter((attempt) => !this.#isYoung(attempt));
    const isAnswered = held.length === 0 || (await this.#renew(held.map(({ task }) => attemptOf(task))));
    if (!isAnswered) return false;
    this.lastBeatAt = performance.now();
    this.#begunAt = begunAt;
    this.#timeAhead = ahead;
    return true;
  }

  /** A new claim has most of its lease left, and most tasks are short. */
  #isYoung({ claimedAt }: RunningAttempt): boolean {
    return this.#elapsedMs(claimedAt) < this.#context.leaseMs * YOUNG_SHARE;
  }

  /** Extends the leases, and aborts what is no longer ours. @returns whether Postgres answered */
  async #renew(held: readonly Attempt[]): Promise<boolean> {
    const { db, attempts, leaseMs, outage } = this.#context;
    try {
      const { lost, cancelled } = await renew(db, { attempts: held, lease_ms: leaseMs });
      for (const attempt of lost) attempts.abort(attempt, 'lost');
      for (const attempt of cancelled) attempts.abort(attempt, 'cancelled');
      return true;
    } catch (error) {
      outage.warn({ err: error, tasks: held.length }, 'leases not renewed; retrying');
      return false;
    }
  }
}

function timeAhead(): number {
  return Date.now() - performance.now();
}
