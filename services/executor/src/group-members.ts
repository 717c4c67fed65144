import { type ConsumerHealth, LANE_PARTITIONS_TOTAL } from '@millrace/stream';

/** Estimates how many executors share the stream from this one's share of the partitions; null while it has none. */
export function groupMembers({ assignedPartitions }: ConsumerHealth): number | null {
  return assignedPartitions === 0
    ? null
    : Math.max(1, Math.round(LANE_PARTITIONS_TOTAL / assignedPartitions));
}
