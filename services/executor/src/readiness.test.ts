import { expect, test } from 'bun:test';
import type { ConsumerHealth } from '@millrace/stream';
import { isSettled, streamHealth } from './readiness.ts';

const apart: ConsumerHealth = { connected: false, lastFetchAt: null, assignedPartitions: 0 };

test.each([
  ['a member of the group', { ...apart, connected: true }, 0, true],
  ['just joining', { ...apart, joiningForMs: 1_000 }, 2_000, false],
  ['held up by a member that died', { ...apart, joiningForMs: 3_001 }, 4_000, true],
  ['a broker out of reach, at first', apart, 9_000, false],
  ['a broker out of reach for long', apart, 10_001, true],
])('readiness waits for the stream, but not for long: %s', (_, health, uptimeMs, settled) => {
  expect(isSettled(health, uptimeMs)).toBe(settled);
});

test('reports what the stream waits for', () => {
  expect(streamHealth({ ...apart, connected: true })).toEqual({ status: 'up', required: false });
  expect(streamHealth(apart)).toEqual({ status: 'down', required: false });
  expect(streamHealth({ ...apart, joiningForMs: 5 })).toMatchObject({ detail: 'joining the consumer group' });
});
