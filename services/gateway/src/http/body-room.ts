import { SharedPlaces } from '@millrace/access';
import { overloaded } from './problem.ts';

/** One owner gets half of it, which holds the largest body that can be configured. */
const ROOM_BYTES = 128 * 1024 * 1024;
/** A body this small takes none of it: an ordinary task gets in, however many large ones are in progress. */
export const SMALL_BYTES = 16 * 1024;

/** A body's part of the room. */
export interface BodySpace extends Disposable {
  /** @throws ProblemError 429 if that much does not fit */
  growTo(bytes: number): void;
}

export type EnterBodyRoom = (owner: string | null) => BodySpace;

/**
 * Bounds the memory of large bodies: of requests, from their first byte until they are handled, or of answers and events, until
 * their clients have taken them.
 *
 * @param what to call them in a refusal, in the plural
 */
export function createBodyRoom(what: string, roomBytes = ROOM_BYTES): EnterBodyRoom {
  const room = new SharedPlaces(roomBytes);
  return (owner) => {
    let taken = 0;
    let over = false;
    return {
      growTo(bytes) {
        if (bytes <= SMALL_BYTES) return;
        const more = bytes - taken;
        // Reading a body that timed out goes on unless this throws.
        if (over || !room.isFreeFor(owner, more)) {
          const occupants = room.occupants(owner, `bytes of large ${what}`, more);
          throw overloaded(`${occupants} are in progress here; try again shortly.`);
        }
        room.take(owner, more);
        taken = bytes;
      },
      [Symbol.dispose]() {
        room.leave(owner, taken);
        taken = 0;
        over = true;
      },
    };
  };
}
