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

  test('commits up to the oldest unacknowledged message, in whatever order they are acknowledged', () => {
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

  test('skips offsets that the log does not hold', () => {
    const tracker = new PartitionTracker();
    tracker.arrive([3, 7, 20], 25);
    for (const offset of [3, 7, 20]) tracker.acknowledge(offset);
    expect(tracker.committable()).toBe(25);
  });

  test('ignores an acknowledgement given twice, or for an unknown message', () => {
    const tracker = new PartitionTracker();
    tracker.arrive([0, 1], 2);
    tracker.acknowledge(0);
    tracker.acknowledge(0);
    tracker.acknowledge(99);
    expect(tracker.committable()).toBe(1);
  });

  test('drops what is fetched again after a rebalance that kept the partition here', () => {
    const tracker = new PartitionTracker();
    tracker.arrive(range(0, 6), 6);
    tracker.acknowledge(0);
    tracker.committed(1);
    tracker.reassigned();
    expect(tracker.arrive(range(1, 4), 4)).toEqual([]);
    expect(tracker.arrive(range(4, 8), 8)).toEqual([6, 7]);
    tracker.acknowledge(1);
    expect(tracker.committable()).toBe(2);
  });

  test("commits nothing after a rebalance until a batch shows the group's position", () => {
    const tracker = new PartitionTracker();
    tracker.arrive(range(0, 6), 6);
    tracker.acknowledge(0);
    tracker.reassigned();
    expect(tracker.committable()).toBeUndefined();
    // Meanwhile another member held the partition and committed 20: committing 1 would be a step back.
    expect(tracker.arrive(range(20, 22), 22)).toEqual([20, 21]);
    expect(tracker.committable()).toBeUndefined();
    tracker.acknowledge(20);
    expect(tracker.committable()).toBe(21);
  });

  test('starts over when the topic was recreated', () => {
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
  test('never commits for a revoked partition, even if acknowledgements still arrive', () => {
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

  test('a partition that was kept commits nothing until a batch shows the position', () => {
    const offsets = new OffsetTracker();
    offsets.assign({ 'tasks.high': [0] });
    const tracker = offsets.find('tasks.high', 0)!;
    tracker.arrive([0], 1);
    offsets.assign({ 'tasks.high': [0] });
    tracker.acknowledge(0);
    expect(offsets.committable().offsets).toEqual([]);
  });

  test('a partition that returns after it was revoked starts from scratch', () => {
    const offsets = new OffsetTracker();
    offsets.assign({ 'tasks.high': [0] });
    offsets.find('tasks.high', 0)!.arrive([0, 1], 2);
    offsets.assign({});
    offsets.assign({ 'tasks.high': [0] });
    expect(offsets.find('tasks.high', 0)!.arrive([0, 1], 2)).toEqual([0, 1]);
  });

  test('a commit confirmed after further acknowledgements does not hide them', () => {
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

  test('lag counts the unacknowledged messages, seen or not, of assigned partitions', () => {
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
