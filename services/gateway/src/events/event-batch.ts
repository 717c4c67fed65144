import type { Timeline } from '@millrace/db';
import { eventFrame, type PlacedEvent } from './event-frame.ts';
import { formatPosition, type Position } from './position.ts';
import { eventsAfter } from './timeline-events.ts';

/** Events as they are sent, and the position after them. */
export interface EventBatch {
  readonly frames: string;
  readonly position: Position;
}

const made = new WeakMap<Timeline, Map<string, EventBatch>>();

/** What a client has not seen yet; made once for all clients at the same position that share a reading. */
export function batchAfter(position: Position, timeline: Timeline): EventBatch {
  const batches = made.get(timeline) ?? new Map<string, EventBatch>();
  made.set(timeline, batches);
  const key = formatPosition(position);
  const batch = batches.get(key) ?? batchOf(eventsAfter(position, timeline), position);
  batches.set(key, batch);
  return batch;
}

/** @param position where they begin */
export function batchOf(events: Iterable<PlacedEvent>, position: Position): EventBatch {
  let batch: EventBatch = { frames: '', position };
  for (const placed of events) {
    batch = { frames: batch.frames + eventFrame(placed), position: placed.position };
  }
  return batch;
}
