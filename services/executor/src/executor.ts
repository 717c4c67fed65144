import type { Logger } from '@millrace/contracts';
import { type Attempt, EXECUTOR_LOST } from '@millrace/db';
import type { Doorbell } from '@millrace/stream';
import type { Announcer } from './attempts/announcer.ts';
import { type AttemptContext, runAttempt } from './attempts/run-attempt.ts';
import { attemptOf, type RunningAttempt, RunningAttempts } from './attempts/running-attempts.ts';
import { writeOutcome } from './attempts/write-outcome.ts';
import { CallLimits, type LimitedModel } from './call-limits/call-limits.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { DoorbellBuffer, type LaneValve } from './dispatch/doorbell-buffer.ts';
import { Heartbeat } from './dispatch/heartbeat.ts';
import { LaneSchedule } from './dispatch/lane-schedule.ts';
import { Rescue } from './dispatch/rescue.ts';
import { UnansweredClaims } from './dispatch/unanswered-claims.ts';
import { OutageLog } from './outages/outage-log.ts';
import { endTrace, traceAttempt } from './telemetry/attempt-trace.ts';
import { CountFolding } from './upkeep/count-folding.ts';

export interface ExecutorOptions extends Omit<AttemptContext, 'outage' | 'limits'> {
  readonly executorId: string;
  /** Tasks that run at once; those that wait for a model's limits are not counted. */
  readonly concurrency: number;
  readonly modelLimits: readonly LimitedModel[];
  readonly leaseMs: number;
  /** How long running attempts may go on once `drain` was called. */
  readonly drainTimeoutMs: number;
  readonly announcer: Announcer;
  readonly valve: LaneValve;
  /** How many executors share the stream, as far as this one knows; null while it has no part in it. */
  readonly groupMembers: () => number | null;
  readonly logger: Logger;
}

/** A lane is resumed when half of this is left, and its messages come with the next poll, 50 ms later at most: enough for short tasks. */
const BUFFERED_MIN = 2_048;

export interface ExecutorProgress {
  readonly running: number;
  /** A claim that Postgres answered, by either path. */
  readonly last_claim_ms_ago: number | null;
  /** The rescue path's last turn; it comes round more than once a second however busy the executor is. */
  readonly last_look_ms_ago: number | null;
  /** The heartbeat's last turn that Postgres answered. */
  readonly last_renewal_ms_ago: number | null;
}

/** What runs tasks: doorbells go in, claims are made within the free slots, outcomes are written. */
export class Executor {
  readonly attempts = new RunningAttempts();
  readonly #options: ExecutorOptions;
  readonly #buffer: DoorbellBuffer;
  readonly #dispatcher: Dispatcher;
  readonly #rescue: Rescue;
  readonly #heartbeat: Heartbeat;
  readonly #unanswered: UnansweredClaims;
  readonly #outage: OutageLog;
  readonly #limits: CallLimits;
  readonly #attemptContext: AttemptContext;
  readonly #countFolding: CountFolding;
  #isDraining = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    const { db, executorId, leaseMs, concurrency, announcer, valve, logger } = options;
    const schedule = new LaneSchedule();
    const { attempts } = this;
    this.#outage = new OutageLog(logger);
    const outage = this.#outage;
    this.#limits = new CallLimits({
      db,
      models: options.modelLimits,
      outage,
      onWaiting: () => {
        if (this.#isDraining) this.#handBackWaiting();
        this.#dispatcher.wake();
      },
    });
    const limits = this.#limits;
    this.#attemptContext = { ...options, outage, limits };
    this.#countFolding = new CountFolding({ db, outage });
    const known = () => attempts.list().map(({ task }) => attemptOf(task));
    this.#unanswered = new UnansweredClaims({ db, executorId, known, leaseMs, outage, logger });
    const unanswered = this.#unanswered;
    this.#heartbeat = new Heartbeat({ db, attempts, leaseMs, outage });
    this.#buffer = new DoorbellBuffer(schedule, valve, Math.max(BUFFERED_MIN, 4 * concurrency));
    const buffer = this.#buffer;
    this.#dispatcher = new Dispatcher({
      db,
      executorId,
      leaseMs,
      concurrency,
      buffer,
      attempts,
      unanswered,
      limits,
      run: (attempt, doorbell) => this.#run(attempt, doorbell),
      outage,
      logger,
    });
    this.#rescue = new Rescue({
      db,
      executorId,
      leaseMs,
      dispatcher: this.#dispatcher,
      attempts,
      buffer,
      heartbeat: this.#heartbeat,
      unanswered,
      schedule,
      limits,
      groupMembers: options.groupMembers,
      onAbandoned: (tasks) => {
        for (const task of tasks) {
          announcer.failed(task, EXECUTOR_LOST);
          options.metrics.abandoned(task);
        }
      },
      outage,
    });
  }

  start(): void {
    this.#heartbeat.start();
    this.#rescue.start();
  }

  /** Takes what the stream delivers. */
  receive(doorbells: readonly Doorbell[]): void {
    this.#buffer.add(doorbells);
    this.#dispatcher.wake();
  }

  /** What was last done and when, in milliseconds; null for what was not done yet. */
  progress(): ExecutorProgress {
    return {
      running: this.attempts.count,
      last_claim_ms_ago: since(this.#dispatcher.lastClaimAt),
      last_look_ms_ago: since(this.#rescue.lastLookAt),
      last_renewal_ms_ago: since(this.#heartbeat.lastBeatAt),
    };
  }

  /** Stops an attempt if it runs here and was cancelled indeed: every login of the database may say so, and Postgres knows. */
  heardOfCancellation(attempt: Attempt): void {
    if (this.attempts.has(attempt)) this.#heartbeat.recheck(attempt);
  }

  /** Claims nothing more, lets what runs end within the drain timeout, and hands the rest back as retryable. */
  async drain(): Promise<void> {
    const claimsEnded = this.#dispatcher.stop();
    this.#buffer.clear();
    await Promise.all([claimsEnded, this.#rescue.stop()]);
    const { logger, drainTimeoutMs } = this.#options;
    this.#isDraining = true;
    this.#handBackWaiting();
    if (this.attempts.count > 0) logger.info({ running: this.attempts.count }, 'waiting for running tasks');
    const deadline = setTimeout(() => {
      logger.warn({ running: this.attempts.count }, 'drain timeout: handing back what still runs');
      this.attempts.abortAll('stopping');
    }, drainTimeoutMs);
    const unansweredEnded = this.#unanswered.stop();
    await this.attempts.whenEmpty();
    clearTimeout(deadline);
    await unansweredEnded;
    await this.#limits.stop();
    this.#countFolding.stop();
    await this.#heartbeat.stop();
  }

  /** Nobody knows how long they would wait. */
  #handBackWaiting(): void {
    for (const task of this.#limits.waiting) this.attempts.abort(attemptOf(task), 'stopping');
  }

  async #run(attempt: RunningAttempt, doorbell: Doorbell | undefined): Promise<void> {
    const { task, controller } = attempt;
    this.#heartbeat.begun(attempt);
    const { db, announcer, metrics, tracing, logger } = this.#options;
    const startedAt = performance.now();
    metrics.claimed(task, doorbell ? 'stream' : 'rescue');
    const trace = traceAttempt(tracing, task, doorbell);
    const { fields } = trace;
    logger.debug(fields, 'attempt started');
    announcer.changed(task, 'RUNNING');
    const outcome = await runAttempt(task, controller, this.#attemptContext, trace);
    if (outcome.kind === 'abandoned') {
      announcer.forget(task);
      logger.warn({ ...fields, cause: outcome.cause }, 'attempt abandoned');
      if (outcome.cause === 'lost') metrics.leasesLost.add();
      endTrace(trace, outcome, null);
      return;
    }
    try {
      const status = await writeOutcome(db, task, outcome, { logger, outage: this.#outage, fields });
      metrics.ended(task, outcome, status, performance.now() - startedAt);
      endTrace(trace, outcome, status);
      if (status === null) logger.warn(fields, 'attempt had lost its task, its outcome was not written');
      else if (outcome.kind === 'released') announcer.released(task, doorbell?.traceparent);
      else if (outcome.kind === 'failed' && status === 'FAILED') announcer.failed(task, outcome.error);
      else announcer.changed(task, status);
      logger.debug({ ...fields, status }, 'attempt ended');
    } catch (error) {
      // The lease will end and the task be taken again.
      logger.error({ ...fields, err: error }, 'outcome could not be written');
      endTrace(trace, outcome, null);
    } finally {
      this.#countFolding.taskEnded();
      announcer.forget(task);
    }
  }
}

function since(moment: number | undefined): number | null {
  return moment === undefined ? null : Math.round(performance.now() - moment);
}
