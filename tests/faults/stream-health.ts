import { LANE_TOPICS } from '@millrace/stream';
import type { Admin } from 'kafkajs';
import { kafka } from '../stream/reader.ts';
import { eventually } from '../waiting.ts';

const GROUP = 'executors';
/** A dead member's session expires after ten seconds; only then do the others get its partitions. */
const TIMEOUT_MS = 45_000;

/** Waits until all executors are members of the group and nothing sent is unread, as the broker sees it. */
export async function untilStreamWorks(brokers: string[], executors: number): Promise<void> {
  await eventually(
    `all ${executors} executors are members of the stream's group and have read everything`,
    () =>
      withAdmin(brokers, async (admin) => {
        await requireMembers(admin, executors);
        await requireAllRead(admin);
        return true;
      }),
    { timeoutMs: TIMEOUT_MS, intervalMs: 200 },
  );
}

/** Like `untilStreamWorks`, for executors too busy to read everything. */
export async function untilMembers(brokers: string[], executors: number): Promise<void> {
  await eventually(
    `all ${executors} executors are members of the stream's group`,
    () =>
      withAdmin(brokers, async (admin) => {
        await requireMembers(admin, executors);
        return true;
      }),
    { timeoutMs: TIMEOUT_MS, intervalMs: 200 },
  );
}

export async function withAdmin<T>(brokers: string[], work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka(brokers).admin({ retry: { retries: 0 } });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function requireMembers(admin: Admin, executors: number): Promise<void> {
  const { groups } = await admin.describeGroups([GROUP]);
  const members = groups[0]?.members.length ?? 0;
  if (groups[0]?.state === 'Stable' && members === executors) return;
  throw new Error(`the group is ${groups[0]?.state} with ${members} members`);
}

async function requireAllRead(admin: Admin): Promise<void> {
  for (const topic of LANE_TOPICS) {
    const [committed] = await admin.fetchOffsets({ groupId: GROUP, topics: [topic] });
    const read = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      // -1 if nothing was ever committed.
      const offset = Math.max(0, read.get(partition) ?? 0);
      if (offset < Number(high)) throw new Error(`${topic}/${partition} is read up to ${offset} of ${high}`);
    }
  }
}
