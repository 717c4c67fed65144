import { type Attempt, type Database, renew } from '@millrace/db';
import { attemptOf, type RunningAttempt, type RunningAttempts } from '../attempts/running-attempts.ts';
import type { OutageLog } from '../outages/outage-log.ts';

export interface HeartbeatOptions {
  readonly db: Database;
  readonly attempts: RunningAttempts;
  readonly leaseMs: number;
  readonly outage: OutageLog;
}

const BEAT_SHARE = 1 / 3;
/** After a beat that failed the next one comes sooner: a lease should outlast an outage that is shorter. */
const RETRY_SHARE = 1 / 30;
/** For so much of its lease a claim needs no renewal. */
const YOUNG_SHARE = 1 / 6;

/** Three times per lease: renews what runs here, and stops what is not ours any more. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: Timer | undefined;
  #beating: Promise<boolean> | undefined;
  #doubted: Attempt[] = [];
  #rechecking: Promise<void> | undefined;
  /** `performance.now()` of the last renewal that Postgres answered, or of the last beat that had nothing to renew. */
  lastBeatAt: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule(BEAT_SHARE);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all([this.#beating, this.#rechecking]);
  }

  /** An attempt begins: one whose claim was long in coming may not have its lease until the next beat. */
  begun(attempt: RunningAttempt): void {
    if (!this.#isYoung(attempt)) this.recheck(attemptOf(attempt.task));
  }

  /** Asks Postgres now whether an attempt may go on. Those that come meanwhile share the next question. */
  recheck(attempt: Attempt): void {
    this.#doubted.push(attempt);
    this.#rechecking ??= this.#recheckAll().finally(() => {
      this.#rechecking = undefined;
    });
  }

  async #recheckAll(): Promise<void> {
    while (this.#doubted.length > 0) {
      const doubted = this.#doubted.splice(0);
      try {
        await this.#renew(doubted);
      } catch (error) {
        const { outage } = this.#options;
        outage.warn(
          { err: error, tasks: doubted.length },
          'attempts in doubt not looked up: Postgres is away',
        );
      }
    }
  }

  /**
   * Renews now if a beat is overdue: after the process was frozen its leases may have ended, and it should not mistake its own
   * running tasks for lost ones.
   */
  async catchUp(): Promise<void> {
    if (this.#options.attempts.count === 0) return;
    if (performance.now() - (this.lastBeatAt ?? 0) > this.#options.leaseMs * (2 / 3)) await this.#beatOnce();
  }

  #schedule(share: number): void {
    this.#timer = setTimeout(async () => {
      const succeeded = await this.#beatOnce();
      if (this.#timer) this.#schedule(succeeded ? BEAT_SHARE : RETRY_SHARE);
    }, this.#options.leaseMs * share);
  }

  /** @returns whether Postgres answered */
  #beatOnce(): Promise<boolean> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  async #beat(): Promise<boolean> {
    const { attempts, outage } = this.#options;
    const held = attempts
      .list()
      .filter((attempt) => !this.#isYoung(attempt))
      .map(({ task }) => attemptOf(task));
    try {
      if (held.length > 0) await this.#renew(held);
      this.lastBeatAt = performance.now();
      return true;
    } catch (error) {
      outage.warn({ err: error, tasks: held.length }, 'leases not renewed: Postgres is away');
      return false;
    }
  }

  /** One that was just claimed has most of its lease before it, and most tasks are short. */
  #isYoung({ claimedAt }: RunningAttempt): boolean {
    return performance.now() - claimedAt < this.#options.leaseMs * YOUNG_SHARE;
  }

  async #renew(held: readonly Attempt[]): Promise<void> {
    const { db, attempts, leaseMs } = this.#options;
    const { lost, cancelled } = await renew(db, { attempts: held, lease_ms: leaseMs });
    for (const attempt of lost) attempts.abort(attempt, 'lost');
    for (const attempt of cancelled) attempts.abort(attempt, 'cancelled');
  }
}
