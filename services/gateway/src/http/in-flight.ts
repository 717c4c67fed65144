import { ProblemError } from './problem.ts';

/**
 * Bounds how much work is under way. Beyond the bound a caller is refused at once: a queue would only make every
 * answer late, and fill the memory.
 *
 * @param what is limited, in the plural
 */
export function createInFlightLimit(max: number, what: string) {
  let inFlight = 0;
  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (inFlight >= max) {
      throw new ProblemError('overloaded', `${max} ${what} are in progress here; try again shortly.`, {
        headers: { 'retry-after': '1' },
      });
    }
    inFlight++;
    try {
      return await work();
    } finally {
      inFlight--;
    }
  };
}
