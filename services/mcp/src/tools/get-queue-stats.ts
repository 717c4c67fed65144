import { Stats } from '@millrace/contracts';
import { report } from '../content/report.ts';
import { Nothing } from './arguments.ts';
import { READS, type Tool } from './tool.ts';

export const getQueueStats: Tool<typeof Nothing, typeof Stats> = {
  name: 'get_queue_stats',
  title: 'Get queue statistics',
  description:
    "Reads how Millrace's queue is doing: how many tasks there are by status, how long the oldest one that could run " +
    'has been waiting, and how many ended in the last minute, how fast. Takes no arguments.',
  annotations: READS,
  scope: 'tasks:read',
  input: Nothing,
  output: Stats,
  run: ({ stats, caller }) => stats(caller),
  describe: describeStats,
};

export function describeStats({ counts, oldest_pending_age_ms: age, last_minute }: Stats): string {
  const { p50, p95, p99 } = last_minute.latency_ms;
  return report(
    `${Object.entries(counts)
      .map(([status, count]) => `${count} ${status}`)
      .join(', ')}.`,
    age === null
      ? 'Nothing is waiting that could run.'
      : `The task that waits longest could have been run for ${age} ms.`,
    `${last_minute.finished} ended in the last minute, ${last_minute.per_second} a second.`,
    p50 === null
      ? null
      : `From submission to end they took ${p50} ms (median), ${p95} ms (95 %), ${p99} ms (99 %).`,
  );
}
