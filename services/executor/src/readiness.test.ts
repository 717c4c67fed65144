import { expect, test } from 'bun:test';
import { openDatabase } from '@millrace/db';
import type { ConsumerHealth } from '@millrace/stream';
import { isSettled, readiness, streamHealth } from './readiness.ts';

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
  const member = { ...apart, connected: true };
  expect(streamHealth(member, true)).toEqual({ status: 'up', required: false });
  expect(streamHealth(apart, true)).toEqual({ status: 'down', required: false });
  const joining = { ...apart, joiningForMs: 5 };
  expect(streamHealth(joining, true)).toMatchObject({ detail: 'joining the consumer group' });
  expect(streamHealth(member, false)).toMatchObject({
    status: 'down',
    detail: expect.stringContaining('permission to write'),
  });
});

test.each([
  ['has just started', null, null, 'up'],
  ['polls and renews', 9_000, 14_000, 'up'],
  ['has not polled with success for long', 10_001, 0, 'down'],
  ['has not renewed its leases while they lasted', 0, 15_001, 'down'],
])('progress of an executor that %s', async (_, last_look_ms_ago, last_renewal_ms_ago, status) => {
  const { dependencies } = await readiness({
    // Never connects: nothing is asked of a database that lacks its schema.
    db: openDatabase({ url: 'postgres://nowhere.invalid/none', maxConnections: 1, applicationName: 'test' }),
    schema: { missing: () => 'the schema' },
    consumer: { health: () => apart },
    producer: { health: () => ({ connected: false, buffered: 0, dropped: 0 }) },
    executor: {
      progress: () => ({ running: 1, last_claim_ms_ago: null, last_look_ms_ago, last_renewal_ms_ago }),
    },
    leaseMs: 15_000,
  });
  expect(dependencies.progress).toMatchObject({ status, required: true });
});
