import { SharedPlaces } from '@millrace/access';
import { overloaded } from './problem.ts';

/** @throws ProblemError 429 if no place is free for the owner: `what` holds them, in the plural, and `full` goes on from there */
export function requirePlace(places: SharedPlaces, owner: string | null, what: string, full: string): void {
  if (!places.isFreeFor(owner)) throw overloaded(`${places.occupants(owner, what)} ${full}`);
}

/**
 * Bounds how much work is in progress. Beyond the bound a caller is refused at once: a queue would only make every
 * answer late, and fill the memory.
 *
 * @param what to call the work in a refusal, in the plural
 */
export function createInFlightLimit(max: number, what: string) {
  const places = new SharedPlaces(max);
  /** @param owner of the work, who gets a share of the places; null for all of them */
  return async function run<T>(work: () => Promise<T>, owner: string | null = null): Promise<T> {
    requirePlace(places, owner, what, 'are in progress here; try again shortly.');
    places.take(owner);
    try {
      return await work();
    } finally {
      places.leave(owner);
    }
  };
}
