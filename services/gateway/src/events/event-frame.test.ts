import { expect, test } from 'bun:test';
import { eventFrame } from './event-frame.ts';
import { positionAt } from './position.ts';

test('the id comes last in an event, since some clients store it as soon as they read it', () => {
  const frame = eventFrame({
    position: positionAt(1, 'running', 0),
    event: { type: 'status', data: { attempt: 1, status: 'RUNNING', error: null } },
  });
  expect(frame).toBe('event: status\ndata: {"attempt":1,"status":"RUNNING","error":null}\nid: 1.0\n\n');
});
