import { type ConsumerHealth, LANE_PARTITIONS_TOTAL } from '@millrace/stream';

/** How many executors share the stream, judged by how many of its partitions are here; null while none is. */
export function groupMembers({ assignedPartitions }: ConsumerHealth): number | null {
  return assignedPartitions === 0
    ? null
    : Math.max(1, Math.round(LANE_PARTITIONS_TOTAL / assignedPartitions));
}
