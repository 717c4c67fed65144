import { validationFailed } from '../http/validate.ts';
import { type Position, parsePosition } from './position.ts';

const HEADER = 'Last-Event-ID';

/**
 * The header `Last-Event-ID`; null without one.
 *
 * @throws ProblemError 422
 */
export function readLastEventId(headers: Headers): Position | null {
  const id = headers.get(HEADER);
  if (id === null || id === '') return null;
  return parsePosition(id) ?? refuseLastEventId('is not the id of an event');
}

/** @throws ProblemError 422 */
export function refuseLastEventId(what: string): never {
  const message = `${what}; send the last id that came from this task's events, or leave it out for a snapshot`;
  throw validationFailed([{ field: HEADER, message }]);
}
