import { LANES, type Lane } from '@millrace/contracts';

export type LaneOrder = readonly [Lane, Lane, Lane];

/** So many tasks of other lanes may be started ahead of a waiting one before its lane has its turn. */
const PASSED_OVER_MAX: Readonly<Record<Lane, number>> = {
  high: Number.POSITIVE_INFINITY,
  normal: 8,
  low: 16,
};

const LEAST_URGENT_FIRST = LANES.toReversed();

/** By the lane that comes first; the others follow by their urgency. */
const ORDERS = Object.fromEntries(
  LANES.map((first) => [first, [first, ...LANES.filter((lane) => lane !== first)]]),
) as unknown as Readonly<Record<Lane, LaneOrder>>;

/**
 * Which lane to look into first. The most urgent one, except that a lane passed over often enough gets one turn: high
 * overtakes any backlog of low at once, and low moves on under any load of high.
 */
export class LaneSchedule {
  readonly #passedOver: Record<Lane, number> = { high: 0, normal: 0, low: 0 };

  order(): LaneOrder {
    return ORDERS[
      LEAST_URGENT_FIRST.find((lane) => this.#passedOver[lane] >= PASSED_OVER_MAX[lane]) ?? 'high'
    ];
  }

  /**
   * @param waiting lanes that had tasks too; where that is unknown, all of them
   * @returns gives the lane its turn back: what was taken turned out to be nothing
   */
  started(lane: Lane, waiting: readonly Lane[] = LANES): () => void {
    const before = this.#passedOver[lane];
    this.#passedOver[lane] = 0;
    for (const other of waiting) if (other !== lane) this.#passedOver[other]++;
    return () => {
      this.#passedOver[lane] = Math.max(before, this.#passedOver[lane]);
    };
  }
}
