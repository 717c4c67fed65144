import { type Attempt, type DueTasks, EXECUTOR_LOST } from '@millrace/db';
import { OutageLog } from '@millrace/runtime';
import type { Doorbell } from '@millrace/stream';
import { runAttempt } from './attempts/run-attempt.ts';
import { attemptOf, type RunningAttempt, RunningAttempts } from './attempts/running-attempts.ts';
import { writeOutcome } from './attempts/write-outcome.ts';
import { CallLimits } from './call-limits/call-limits.ts';
import type { ExecutorContext, ExecutorOptions } from './context.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { DoorbellBuffer } from './dispatch/doorbell-buffer.ts';
import { Heartbeat } from './dispatch/heartbeat.ts';
import { LaneSchedule } from './dispatch/lane-schedule.ts';
import { Rescue } from './dispatch/rescue.ts';
import { UnansweredClaims } from './dispatch/unanswered-claims.ts';
import { endTrace, traceAttempt } from './telemetry/attempt-trace.ts';
import { CountFolding } from './upkeep/count-folding.ts';

/** A lane resumes when half of this is left, and its messages arrive within 50 ms: enough even for short tasks. */
const BUFFERED_MIN = 2_048;

export interface ExecutorProgress {
  readonly running: number;
  /** The fast path's last claim that Postgres answered. */
  readonly last_claim_ms_ago: number | null;
  /** The rescue path's last poll; it polls more than once a second, however busy the executor is. */
  readonly last_look_ms_ago: number | null;
  /** The last heartbeat that Postgres answered. */
  readonly last_renewal_ms_ago: number | null;
}

/** Runs tasks: takes in doorbells, claims as many tasks as it has free slots, and writes their outcomes. */
export class Executor {
  readonly attempts = new RunningAttempts();
  readonly #context: ExecutorContext;
  readonly #buffer: DoorbellBuffer;
  readonly #heartbeat: Heartbeat;
  readonly #unanswered: UnansweredClaims;
  readonly #dispatcher: Dispatcher;
  readonly #rescue: Rescue;
  readonly #countFolding: CountFolding;
  #isDraining = false;

  constructor(options: ExecutorOptions) {
    const { db, concurrency, modelLimits, consumer, logger } = options;
    const outage = new OutageLog(logger);
    const limits = new CallLimits({
      db,
      models: modelLimits,
      outage,
      onWaiting: () => {
        if (this.#isDraining) this.#handBackWaiting();
        this.#dispatcher.wake();
      },
    });
    const context = { ...options, attempts: this.attempts, outage, limits };
    const schedule = new LaneSchedule();
    this.#context = context;
    this.#buffer = new DoorbellBuffer(schedule, consumer, Math.max(BUFFERED_MIN, 4 * concurrency));
    this.#heartbeat = new Heartbeat(context);
    this.#unanswered = new UnansweredClaims(context);
    this.#dispatcher = new Dispatcher(context, {
      buffer: this.#buffer,
      unanswered: this.#unanswered,
      run: (attempt, doorbell) => this.#run(attempt, doorbell),
    });
    this.#rescue = new Rescue(context, {
      dispatcher: this.#dispatcher,
      buffer: this.#buffer,
      heartbeat: this.#heartbeat,
      unanswered: this.#unanswered,
      schedule,
      onExhausted: (tasks) => this.#announceExhausted(tasks),
    });
    this.#countFolding = new CountFolding(context);
  }

  start(): void {
    this.#heartbeat.start();
    this.#rescue.start();
  }

  /** Accepts what the stream delivers. */
  receive(doorbells: readonly Doorbell[]): void {
    this.#buffer.add(doorbells);
    this.#dispatcher.wake();
  }

  /** How long ago each activity last happened, in milliseconds; null if it never has. */
  progress(): ExecutorProgress {
    return {
      running: this.attempts.count,
      last_claim_ms_ago: since(this.#dispatcher.lastClaimAt),
      last_look_ms_ago: since(this.#rescue.lastLookAt),
      last_renewal_ms_ago: since(this.#heartbeat.lastBeatAt),
    };
  }

  /** Checks a cancellation against Postgres before aborting the attempt: any database login can send the notification. */
  heardOfCancellation(attempt: Attempt): void {
    if (this.attempts.has(attempt)) this.#heartbeat.recheck(attempt);
  }

  /**
   * Stops claiming, lets running attempts finish within the drain timeout, and hands the rest back. Doorbells
   * that wait are never acknowledged: other executors will get them.
   */
  async drain(): Promise<void> {
    await Promise.all([this.#dispatcher.stop(), this.#rescue.stop()]);
    const { logger, drainTimeoutMs } = this.#context;
    this.#isDraining = true;
    this.#handBackWaiting();
    if (this.attempts.count > 0) logger.info({ running: this.attempts.count }, 'waiting for running tasks');
    const deadline = setTimeout(() => {
      logger.warn({ running: this.attempts.count }, 'drain timeout: handing back unfinished tasks');
      this.attempts.abortAll('stopping');
    }, drainTimeoutMs);
    const unansweredEnded = this.#unanswered.stop();
    await this.attempts.whenEmpty();
    clearTimeout(deadline);
    await unansweredEnded;
    await this.#context.limits.stop();
    this.#countFolding.stop();
    await this.#heartbeat.stop();
  }

  /** Nobody knows how long attempts would have to wait for their model's limits. */
  #handBackWaiting(): void {
    for (const task of this.#context.limits.waiting) this.attempts.abort(attemptOf(task), 'stopping');
  }

  #announceExhausted(tasks: DueTasks['exhausted']): void {
    const { announcer, metrics } = this.#context;
    for (const task of tasks) {
      announcer.failed(task, EXECUTOR_LOST);
      metrics.exhausted(task);
    }
  }

  async #run(attempt: RunningAttempt, doorbell: Doorbell | undefined): Promise<void> {
    const { task, controller } = attempt;
    this.#heartbeat.begun(attempt);
    const { db, announcer, metrics, tracing, logger, outage } = this.#context;
    const startedAt = performance.now();
    metrics.claimed(task, doorbell ? 'stream' : 'rescue');
    const trace = traceAttempt(tracing, task, doorbell);
    const { fields } = trace;
    logger.debug(fields, 'attempt started');
    announcer.changed(task, 'RUNNING');
    const outcome = await runAttempt(task, controller, this.#context, trace);
    if (outcome.kind === 'abandoned') {
      announcer.forget(task);
      logger.warn({ ...fields, cause: outcome.cause }, 'attempt abandoned');
      if (outcome.cause === 'lost') metrics.leasesLost.add();
      endTrace(trace, outcome, null);
      return;
    }
    try {
      const status = await writeOutcome(db, task, outcome, { outage, fields });
      metrics.ended(task, outcome, status, performance.now() - startedAt);
      endTrace(trace, outcome, status);
      if (status === null) logger.warn(fields, 'attempt had lost its task; outcome not written');
      else if (outcome.kind === 'released') announcer.released(task, doorbell?.traceparent);
      else if (outcome.kind === 'failed' && status === 'FAILED') announcer.failed(task, outcome.error);
      else announcer.changed(task, status);
      logger.debug({ ...fields, status }, 'attempt ended');
    } catch (error) {
      // The lease will expire, and the task be claimed again.
      logger.error({ ...fields, err: error }, 'could not write the outcome; giving up');
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
