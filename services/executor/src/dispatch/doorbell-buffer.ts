import { LANES, type Lane } from '@millrace/contracts';
import type { Doorbell, TaskConsumer } from '@millrace/stream';
import type { LaneSchedule } from './lane-schedule.ts';

/** Doorbells waiting for a free slot: FIFO within a lane, bounded by pausing the lane's partitions. */
export class DoorbellBuffer {
  readonly #queues: Record<Lane, Doorbell[]> = { high: [], normal: [], low: [] };
  readonly #paused = new Set<Lane>();
  readonly #schedule: LaneSchedule;
  readonly #consumer: Pick<TaskConsumer, 'pause' | 'resume'>;
  readonly #highWater: number;
  /** How many have ever arrived. */
  arrivedCount = 0;

  constructor(schedule: LaneSchedule, consumer: Pick<TaskConsumer, 'pause' | 'resume'>, highWater: number) {
    this.#schedule = schedule;
    this.#consumer = consumer;
    this.#highWater = highWater;
  }

  get size(): number {
    return LANES.reduce((sum, lane) => sum + this.#queues[lane].length, 0);
  }

  add(doorbells: readonly Doorbell[]): void {
    this.arrivedCount += doorbells.length;
    for (const doorbell of doorbells) this.#queues[doorbell.lane].push(doorbell);
    for (const lane of LANES) {
      if (this.#queues[lane].length < this.#highWater || this.#paused.has(lane)) continue;
      this.#paused.add(lane);
      this.#consumer.pause(lane);
    }
  }

  /** The most urgent lane with anything waiting. */
  get headLane(): Lane | undefined {
    return LANES.find((lane) => this.#queues[lane].length > 0);
  }

  /** For a doorbell whose claim could not be made now. */
  putBack(doorbell: Doorbell): void {
    this.#queues[doorbell.lane].unshift(doorbell);
  }

  /** The next doorbell. Call `returnTurn` if its task could not be claimed, so that its lane keeps its turn. */
  take(): { doorbell: Doorbell; returnTurn: () => void } | undefined {
    const waiting = LANES.filter((lane) => this.#queues[lane].length > 0);
    const lane = this.#schedule.order().find((candidate) => waiting.includes(candidate));
    if (!lane) return undefined;
    const returnTurn = this.#schedule.started(lane, waiting);
    const doorbell = this.#queues[lane].shift()!;
    if (this.#paused.has(lane) && this.#queues[lane].length <= this.#highWater / 2) {
      this.#paused.delete(lane);
      this.#consumer.resume(lane);
    }
    return { doorbell, returnTurn };
  }
}
