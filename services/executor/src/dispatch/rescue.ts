import { LANES, type Lane, laneOf } from '@millrace/contracts';
import { claimDue, claimLastChance, DueHorizon, type DueTasks } from '@millrace/db';
import { LANE_PARTITIONS_TOTAL } from '@millrace/stream';
import type { ExecutorContext } from '../context.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { DoorbellBuffer } from './doorbell-buffer.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { LaneSchedule } from './lane-schedule.ts';
import type { UnansweredClaims } from './unanswered-claims.ts';

const POLL_MS_MIN = 200;
/** While nothing is found, for a lone executor, and for any that the stream delivers to. */
const POLL_MS_ALONE = 350;
/**
 * For one idle executor of many, which together poll as often as one alone. Even if all others are busy, a
 * new task, left to its message for 150 ms, is found within a second.
 */
const POLL_MS_MAX = 600;
const CLAIM_MAX = 100;
/**
 * While doorbells wait here, due tasks are most likely among them, and claiming those here too is wasted
 * work. With the grace period and the poll interval, a task whose message was lost is still found within a
 * second.
 */
const OVERDUE_MS_WHILE_FED = 300;

interface RescueParts {
  readonly dispatcher: Dispatcher;
  readonly buffer: DoorbellBuffer;
  readonly heartbeat: Heartbeat;
  readonly unanswered: UnansweredClaims;
  readonly schedule: LaneSchedule;
  readonly onExhausted: (tasks: DueTasks['exhausted']) => void;
}

/**
 * The rescue path: polls Postgres for due tasks (delayed, retried, or of dead executors; with messages that
 * were lost, or are stuck behind a busy executor). It alternates with the fast path: each poll gets the next
 * free slot, ahead of the buffer, and continues while it finds tasks more urgent than the buffer's, or the
 * buffer is empty.
 */
export class Rescue {
  readonly #context: ExecutorContext & RescueParts;
  #timer: Timer | undefined;
  #pollMs = POLL_MS_MIN;
  #turn: Promise<void> | undefined;
  #arrivedBefore = 0;
  /** Whether the stream delivered anything between the last two polls. */
  #isFed = false;
  readonly #horizon = new DueHorizon();
  #stopped = false;
  /** `performance.now()` of the last poll that Postgres answered, or that there was no slot for. */
  lastLookAt: number | undefined;

  constructor(context: ExecutorContext, parts: RescueParts) {
    this.#context = { ...context, ...parts };
  }

  start(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const jitter = 0.9 + Math.random() * 0.2;
    this.#timer = setTimeout(() => {
      this.#context.dispatcher.requestSlot('next', this.#takeTurn);
      if (!this.#turn) this.lastLookAt = performance.now();
      this.start();
    }, this.#pollMs * jitter);
  }

  /** Resolves once no claim is in flight. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  readonly #takeTurn = () => {
    if (!this.#turn && !this.#stopped) this.#turn = this.#fillSlots();
  };

  /** One turn; never rejects. Its tasks run even if a later statement of it fails. */
  async #fillSlots(): Promise<void> {
    const { dispatcher, buffer, heartbeat, outage, unanswered } = this.#context;
    const slots = dispatcher.reserve(CLAIM_MAX);
    const taken: DueTasks = { claimed: [], exhausted: [] };
    let moreIsDue = false;
    try {
      if (await heartbeat.catchUp()) {
        await this.#claim(slots, taken);
        this.lastLookAt = performance.now();
        const count = taken.claimed.length + taken.exhausted.length;
        moreIsDue = count >= slots;
        this.#pollMs = count > 0 ? POLL_MS_MIN : Math.min(this.#pollMs * 1.5, this.#pollMsMax);
      }
    } catch (error) {
      outage.warn({ err: error }, 'rescue could not query Postgres');
      unanswered.failed();
      this.#pollMs = POLL_MS_ALONE;
    }
    this.#turn = undefined;
    const head = buffer.headLane;
    dispatcher.giveBack(slots - taken.claimed.length);
    this.start();
    if (moreIsDue) dispatcher.requestSlot(isAhead(taken, head) ? 'next' : 'spare', this.#takeTurn);
  }

  /** @param taken each statement adds to it */
  async #claim(slots: number, taken: DueTasks): Promise<void> {
    const { db, executorId, leaseMs, dispatcher, attempts, buffer, schedule, limits } = this.#context;
    const running = attempts.list().map(({ task }) => task.id);
    const as = { executor: executorId, lease_ms: leaseMs, skip_models: limits.crowdedModels, running };
    // Started at once: their leases run while the next statement executes.
    const take = async (claim: () => Promise<DueTasks>) => {
      const claimedAt = performance.now();
      const { claimed, exhausted } = await claim();
      if (exhausted.length > 0) this.#context.onExhausted(exhausted);
      taken.claimed.push(...claimed);
      taken.exhausted.push(...exhausted);
      dispatcher.start(claimed, claimedAt);
      return claimed;
    };
    const horizon = this.#horizon;
    if (horizon.lastChanceIsDue && !attempts.hasLastChance) await take(() => claimLastChance(db, as));
    const limit = slots - taken.claimed.length;
    if (limit > 0) {
      this.#isFed = buffer.arrivedCount > this.#arrivedBefore;
      this.#arrivedBefore = buffer.arrivedCount;
      const overdue_ms = buffer.size > 0 ? OVERDUE_MS_WHILE_FED : 0;
      const lanes = schedule.order();
      const claimed = await take(() => claimDue(db, { ...as, limit, lanes, overdue_ms, horizon }));
      for (const { priority } of claimed) schedule.started(laneOf(priority));
    }
  }

  get #pollMsMax(): number {
    const { buffer, consumer } = this.#context;
    const { assignedPartitions } = consumer.health();
    if (this.#isFed || buffer.size > 0 || assignedPartitions === 0) return POLL_MS_ALONE;
    // All executors have about the same share of the partitions.
    const executors = Math.max(1, Math.round(LANE_PARTITIONS_TOTAL / assignedPartitions));
    return Math.min(POLL_MS_ALONE * executors, POLL_MS_MAX);
  }
}

/** Whether what was taken is more urgent than the doorbells that wait: in a more urgent lane, or lost with its executor. */
function isAhead({ claimed, exhausted }: DueTasks, head: Lane | undefined): boolean {
  if (head === undefined || exhausted.length > 0) return true;
  return claimed.some(
    ({ priority, taken_over }) => taken_over || LANES.indexOf(laneOf(priority)) < LANES.indexOf(head),
  );
}
