import { isFinished, type TaskEvent } from '@millrace/contracts';
import { type Position, positionAt } from './position.ts';

/** The position that an event of the stream claims for its task. A client already there has seen it, or something newer. */
export function hintedPosition(event: TaskEvent): Position {
  const { attempt } = event;
  switch (event.type) {
    case 'step':
      return positionAt(attempt, 'running', event.step.seq);
    case 'delta':
      // Text of a step only tells that the steps before it are done.
      return positionAt(attempt, 'running', event.seq - 1);
    case 'status': {
      if (event.status === 'RUNNING') return positionAt(attempt, 'running', 0);
      return positionAt(attempt, isFinished(event.status) ? 'end' : 'waiting', 0);
    }
  }
}
