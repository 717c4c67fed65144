import type { LiveEvent } from '@millrace/contracts';
import { eventFrame } from '../events/event-frame.ts';
import { parsePosition } from '../events/position.ts';
import { completedTask, submittedTask } from './examples.ts';

const snapshot = { task: submittedTask, steps: [], partial: null };

/** With the ids that these events would have. */
export const exampleEvents: { id: string; event: LiveEvent }[] = [
  { id: '0.0.waiting', event: { type: 'snapshot', data: snapshot } },
  { id: '1.0', event: { type: 'status', data: { attempt: 1, status: 'RUNNING', error: null } } },
  { id: '1.0.1.f9vgt1', event: { type: 'delta', data: { attempt: 1, seq: 1, offset: 0, text: '2' } } },
  { id: '1.1.end', event: { type: 'end', data: completedTask } },
];

export const eventStreamExample = exampleEvents
  .map(({ id, event }) => eventFrame({ position: parsePosition(id)!, event }))
  .join('');
