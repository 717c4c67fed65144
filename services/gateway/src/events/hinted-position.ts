import { isFinished, type TaskEvent } from '@millrace/contracts';
import { type Position, positionAt } from './position.ts';

/** Where an event of the stream claims that its task has come to. Whoever is there already has seen it, or something newer. */
export function hintedPosition(event: TaskEvent): Position {
  const { attempt } = event;
  switch (event.type) {
    case 'step':
      return positionAt(attempt, 'running', event.step.seq);
    case 'delta':
      // Text of a step says no more than that the steps before it are made.
      return positionAt(attempt, 'running', event.seq - 1);
    case 'status': {
      if (event.status === 'RUNNING') return positionAt(attempt, 'running', 0);
      return positionAt(attempt, isFinished(event.status) ? 'end' : 'waiting', 0);
    }
  }
}
