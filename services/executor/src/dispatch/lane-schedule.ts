import { LANES, type Lane } from '@millrace/contracts';

type LaneOrder = readonly [Lane, Lane, Lane];

/** How many tasks of other lanes may start ahead of a waiting one before its lane gets a turn. */
const PASSED_OVER_MAX: Readonly<Record<Lane, number>> = {
  high: Number.POSITIVE_INFINITY,
  normal: 8,
  low: 16,
};

const LEAST_URGENT_FIRST = LANES.toReversed();

/** Keyed by the lane that comes first; the others follow by urgency. */
const ORDERS: Readonly<Record<Lane, LaneOrder>> = {
  high: ['high', 'normal', 'low'],
  normal: ['normal', 'high', 'low'],
  low: ['low', 'high', 'normal'],
};

/**
 * Which lane to serve first: the most urgent one, except that a lane passed over often enough gets one turn.
 * High overtakes any backlog of low at once, and low makes progress under any load of high.
 */
export class LaneSchedule {
  readonly #passedOver: Record<Lane, number> = { high: 0, normal: 0, low: 0 };

  order(): LaneOrder {
    return ORDERS[
      LEAST_URGENT_FIRST.find((lane) => this.#passedOver[lane] >= PASSED_OVER_MAX[lane]) ?? 'high'
    ];
  }

  /**
   * @param waiting lanes that also had tasks; all of them if unknown
   * @returns gives the lane its turn back, for when no task could be started after all
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
