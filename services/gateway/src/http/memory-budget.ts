import { SharedPlaces } from '@millrace/access';
import { overloaded } from './problem.ts';

/** One owner gets half of it, which holds the largest body that can be configured. */
const BUDGET_BYTES = 128 * 1024 * 1024;
/** A body this small takes none of it: an ordinary task gets in, however many large ones are in progress. */
export const SMALL_BYTES = 16 * 1024;

/** A body's part of the budget. */
export interface MemoryShare extends Disposable {
  /** @throws ProblemError 429 if that much does not fit */
  growTo(bytes: number): void;
}

export type ReserveMemory = (owner: string | null) => MemoryShare;

/**
 * Bounds the memory of large bodies: of requests, from their first byte until they are handled, or of answers
 * and events, until their clients have taken them.
 *
 * @param what to call them in a refusal, in the plural
 */
export function createMemoryBudget(what: string, budgetBytes = BUDGET_BYTES): ReserveMemory {
  const budget = new SharedPlaces(budgetBytes);
  return (owner) => {
    let taken = 0;
    let over = false;
    return {
      growTo(bytes) {
        if (bytes <= SMALL_BYTES) return;
        const more = bytes - taken;
        // Reading a body that timed out goes on unless this throws.
        if (over || !budget.isFreeFor(owner, more)) {
          const occupants = budget.occupants(owner, `bytes of large ${what}`, more);
          throw overloaded(`${occupants} are in progress here; try again shortly.`);
        }
        budget.take(owner, more);
        taken = bytes;
      },
      [Symbol.dispose]() {
        budget.leave(owner, taken);
        taken = 0;
        over = true;
      },
    };
  };
}
