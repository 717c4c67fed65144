import { isFinished } from '@millrace/contracts';
import type { Timeline } from '@millrace/db';
import type { PlacedEvent } from './event-frame.ts';
import { type Position, positionAt } from './position.ts';

/**
 * The events of a timeline that a client has not seen yet, in the one order in which all clients see them:
 *
 *   for each attempt:  status RUNNING · its steps · status PENDING, if the task went on after it
 *   end
 *
 * A task that ended and was replayed went on.
 */
export function* eventsAfter(position: Position, timeline: Timeline): Generator<PlacedEvent> {
  const { status, attempts, over, steps, more, task } = timeline;
  const lastStep = steps.at(-1);
  let at = position;
  for (let attempt = position.attempt; attempt <= attempts; attempt++) {
    const known = attempt === position.attempt ? position.seq : 0;
    const own = steps.filter((step) => step.attempt === attempt && step.seq > known);
    if (attempt > at.attempt) {
      at = positionAt(attempt, 'running', at.seq);
      yield { position: at, event: { type: 'status', data: { attempt, status: 'RUNNING', error: null } } };
    }
    if (at.stage !== 'running') continue;
    for (const step of own) {
      at = positionAt(attempt, 'running', step.seq);
      yield { position: at, event: { type: 'step', data: step } };
    }
    if (more && attempt === lastStep?.attempt) return;
    if (wentOnAfter(attempt, timeline)) {
      const error = over.find((ended) => ended.attempt === attempt)?.error ?? null;
      at = positionAt(attempt, 'waiting', at.seq);
      yield { position: at, event: { type: 'status', data: { attempt, status: 'PENDING', error } } };
    }
  }
  if (isFinished(status) && task) {
    yield { position: positionAt(attempts, 'end', at.seq), event: { type: 'end', data: task } };
  }
}

/**
 * Whether the task waited for another attempt once this one was over, or after a replay; it may have been
 * cancelled meanwhile.
 */
function wentOnAfter(attempt: number, { status, attempts, earlier_attempts, over }: Timeline): boolean {
  if (attempt < attempts || attempt <= earlier_attempts || status === 'PENDING') return true;
  const outcome = over.find((ended) => ended.attempt === attempt)?.outcome;
  return status === 'CANCELLED' && outcome !== undefined && outcome !== 'CANCELLED';
}

/** The position of the task, as far as this reading goes. */
export function reached({ status, attempts, steps }: Timeline): Position {
  const stage = isFinished(status) ? 'end' : status === 'PENDING' ? 'waiting' : 'running';
  return positionAt(attempts, stage, steps.at(-1)?.seq ?? 0);
}

/** Whether the task has been at this position: if not, it is of another task, or made up. Offsets in text cannot be checked. */
export function hasBeenAt(position: Position, timeline: Timeline): boolean {
  const next = timeline.steps[0];
  const isLastStep = position.seq + 1 === (next?.seq ?? timeline.last_seq + 1);
  const isWhole = position.stage === 'running' || next?.attempt !== position.attempt;
  return isLastStep && isWhole && hasBeenInStage(position, timeline);
}

function hasBeenInStage({ attempt, stage }: Position, timeline: Timeline): boolean {
  const { status, attempts, earlier_attempts } = timeline;
  switch (stage) {
    case 'running':
      return attempt >= 1 && attempt <= attempts;
    case 'waiting':
      return attempt <= attempts && wentOnAfter(attempt, timeline);
    case 'end':
      // It ended before each replay, of which only the last is known.
      return (attempt === attempts && isFinished(status)) || (attempt >= 1 && attempt <= earlier_attempts);
  }
}
