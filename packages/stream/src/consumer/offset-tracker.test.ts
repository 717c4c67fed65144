import { describe, expect, test } from 'bun:test';
import { OffsetTracker, PartitionTracker } from './offset-tracker.ts';

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe('PartitionTracker', () => {
  test('has nothing to commit before anything is acknowledged', () => {
    const tracker = new PartitionTracker();
    expect(tracker.committable()).toBeUndefined();
    expect(tracker.arrive(range(10, 13), 13)).toEqual([10, 11, 12]);
    expect(tracker.committable()).toBeUndefined();
  });

  test('commits up to the oldest message that is not acknowledged, in whatever order they are', () => {
    const tracker = new PartitionTracker();
    tracker.arrive(range(10, 14), 14);
    tracker.acknowledge(12);
    tracker.acknowledge(11);
    expect(tracker.committable()).toBeUndefined();
    tracker.acknowledge(10);
    expect(tracker.committable()).toBe(13);
    tracker.acknowledge(13);
    expect(tracker.committable()).toBe(14);
  });

  test('commits each watermark once and never an older one', () => {
    const tracker = new PartitionTracker();
    tracker.arrive(range(0, 4), 4);
    tracker.acknowledge(0);
    tracker.acknowledge(1);
    expect(tracker.committable()).toBe(2);
    tracker.committed(2);
    expect(tracker.committable()).toBeUndefined();
    tracker.committed(1);
    expect(tracker.committable()).toBeUndefined();
  });

  test('passes over offsets that the log does not hold', () => {
    const tracker = new PartitionTracker();
    tracker.arrive([3, 7, 20], 25);
    for (const offset of [3, 7, 20]) tracker.acknowledge(offset);
    expect(tracker.committable()).toBe(25);
  });

  test('ignores an acknowledgement given twice, or for what it never saw', () => {
    const tracker = new PartitionTracker();
    tracker.arrive([0, 1], 2);
    tracker.acknowledge(0);
    tracker.acknowledge(0);
    tracker.acknowledge(99);
    expect(tracker.committable()).toBe(1);
  });

  test('drops what is fetched again after a rebalance that left the partition with us', () => {
    const tracker = new PartitionTracker();
    tracker.arrive(range(0, 6), 6);
    tracker.acknowledge(0);
    tracker.committed(1);
    tracker.reassigned();
    expect(tracker.arrive(range(1, 8), 8)).toEqual([6, 7]);
    tracker.acknowledge(1);
    expect(tracker.committable()).toBe(2);
  });

  test('commits nothing after a rebalance until a batch shows where the group is', () => {
    const tracker = new PartitionTracker();
    tracker.arrive(range(0, 6), 6);
    tracker.acknowledge(0);
    tracker.reassigned();
    expect(tracker.committable()).toBeUndefined();
    // In between somebody else held the partition and committed 20: 1 would be a step back.
    expect(tracker.arrive(range(20, 22), 22)).toEqual([20, 21]);
    expect(tracker.committable()).toBeUndefined();
    tracker.acknowledge(20);
    expect(tracker.committable()).toBe(21);
  });

  test('begins anew when the topic was created anew', () => {
    const tracker = new PartitionTracker();
    tracker.arrive(range(100, 103), 103);
    tracker.reassigned();
    expect(tracker.arrive(range(0, 2), 2)).toEqual([0, 1]);
    tracker.acknowledge(100);
    tracker.acknowledge(0);
    expect(tracker.committable()).toBe(1);
  });
});

describe('OffsetTracker', () => {
  test('never commits for a partition that was revoked, whoever still acknowledges', () => {
    const offsets = new OffsetTracker();
    offsets.assign({ 'tasks.high': [0, 1], 'tasks.low': [5] });
    expect(offsets.assigned).toBe(3);
    const revoked = offsets.find('tasks.high', 1)!;
    const kept = offsets.find('tasks.high', 0)!;
    revoked.arrive([0], 1);
    kept.arrive([0], 1);

    offsets.assign({ 'tasks.high': [0] });
    kept.arrive([0], 1);
    revoked.acknowledge(0);
    kept.acknowledge(0);
    expect(offsets.committable().offsets).toEqual([{ topic: 'tasks.high', partition: 0, offset: 1 }]);
    expect(offsets.find('tasks.high', 1)).toBeUndefined();
    expect(offsets.find('tasks.low', 5)).toBeUndefined();
  });

  test('a partition that comes back after it was revoked starts without a memory', () => {
    const offsets = new OffsetTracker();
    offsets.assign({ 'tasks.high': [0] });
    offsets.find('tasks.high', 0)!.arrive([0, 1], 2);
    offsets.assign({});
    offsets.assign({ 'tasks.high': [0] });
    expect(offsets.find('tasks.high', 0)!.arrive([0, 1], 2)).toEqual([0, 1]);
  });

  test('an answer to a commit that arrives after more was acknowledged does not hide the rest', () => {
    const offsets = new OffsetTracker();
    offsets.assign({ 'tasks.high': [0] });
    const tracker = offsets.find('tasks.high', 0)!;
    tracker.arrive([0, 1], 2);
    tracker.acknowledge(0);
    const first = offsets.committable();
    tracker.acknowledge(1);
    first.committed();
    expect(offsets.committable().offsets).toEqual([{ topic: 'tasks.high', partition: 0, offset: 2 }]);
  });

  test('lags by what is not acknowledged, seen or not, of the partitions that are assigned', () => {
    const offsets = new OffsetTracker();
    offsets.assign({ 'tasks.high': [0, 1], 'tasks.low': [5] });
    const seen = offsets.find('tasks.high', 0)!;
    seen.endsAt(20);
    expect(Object.fromEntries(offsets.lag())).toEqual({ 'tasks.high': 0, 'tasks.low': 0 });
    seen.arrive(range(10, 13), 13);
    seen.acknowledge(11);
    expect(offsets.lag().get('tasks.high')).toBe(10);
    seen.acknowledge(10);
    expect(offsets.lag().get('tasks.high')).toBe(8);
    const other = offsets.find('tasks.high', 1)!;
    other.endsAt(3);
    other.arrive(range(0, 3), 3);
    expect(offsets.lag().get('tasks.high')).toBe(11);
    offsets.assign({ 'tasks.high': [1] });
    other.endsAt(3);
    other.arrive(range(0, 3), 3);
    expect(Object.fromEntries(offsets.lag())).toEqual({ 'tasks.high': 3 });
  });
});
