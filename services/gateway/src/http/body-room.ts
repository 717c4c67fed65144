import { SharedPlaces } from '@millrace/access';
import { overloaded } from './problem.ts';

/** Of it one owner gets half, which the largest body that can be configured fits into. */
const ROOM_BYTES = 128 * 1024 * 1024;
/** So small a body takes none of it: however many large ones are under way, an ordinary task is taken. */
export const SMALL_BYTES = 16 * 1024;

/** A body's part of the room. */
export interface BodySpace extends Disposable {
  /** @throws ProblemError 429 if there is no room for so much of it */
  growTo(bytes: number): void;
}

export type EnterBodyRoom = (owner: string | null) => BodySpace;

/**
 * Bounds the memory of large bodies: of requests, from their first byte until what they ask for is done, and of answers, until their
 * clients have taken them.
 *
 * @param what they are, in the plural
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
        // A body that came too slowly is read on unless this throws.
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
