import type { TaskStep } from '@millrace/contracts';
import type { Timeline } from '@millrace/db';
import type { PlacedEvent } from './event-frame.ts';
import { ORIGIN, type Position } from './position.ts';
import { eventsAfter } from './timeline-events.ts';
import type { TurnTexts } from './turn-texts.ts';

/**
 * What a client that has seen nothing gets: all that happened, as one event, and then the end if it has come.
 * Where the history is too long for one reading, the snapshot holds the first steps, and the rest follows as
 * events.
 *
 * @param timeline from the origin, with its task
 */
export function snapshotOf(timeline: Timeline, texts: TurnTexts): PlacedEvent[] {
  const { task } = timeline;
  if (!task) throw new Error('a snapshot needs the task');
  let position: Position = ORIGIN;
  let end: PlacedEvent | undefined;
  const steps: TaskStep[] = [];
  for (const placed of eventsAfter(ORIGIN, timeline)) {
    if (placed.event.type === 'end') {
      end = placed;
      continue;
    }
    if (placed.event.type === 'step') steps.push(placed.event.data);
    position = placed.position;
  }
  // Of an attempt that is over there is none: the reading has dropped it.
  const turn = timeline.more ? undefined : texts.find(task.id, position.attempt, position.seq + 1);
  const partial = turn ? { attempt: turn.attempt, seq: turn.seq, text: turn.text } : null;
  const data = { task, steps, partial };
  const snapshot: PlacedEvent = {
    position: turn?.position ?? position,
    event: { type: 'snapshot', data },
  };
  return end ? [snapshot, end] : [snapshot];
}
