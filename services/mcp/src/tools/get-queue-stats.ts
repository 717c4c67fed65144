import { Stats } from '@millrace/contracts';
import { report } from '../content/report.ts';
import { defineTool, READS } from './tool.ts';

export const getQueueStats = defineTool({
  name: 'get_queue_stats',
  title: 'Get queue statistics',
  description:
    "Reads the state of Millrace's queue: the number of tasks by status, how long the oldest task that could run has " +
    'been waiting, and the throughput and latency of the last minute. Takes no arguments.',
  annotations: READS,
  input: {},
  output: Stats.properties,
  run: ({ stats, caller }) => stats(caller),
  describe: describeStats,
});

export function describeStats({ counts, oldest_pending_age_ms: age, last_minute }: Stats): string {
  const { p50, p95, p99 } = last_minute.latency_ms;
  return report(
    `${Object.entries(counts)
      .map(([status, count]) => `${count} ${status}`)
      .join(', ')}.`,
    age === null
      ? 'No task that could run is waiting.'
      : `The oldest task that could run has been waiting for ${age} ms.`,
    `${last_minute.finished} ended in the last minute, ${last_minute.per_second} a second.`,
    p50 === null
      ? null
      : `From submission to end they took ${p50} ms (median), ${p95} ms (95 %), ${p99} ms (99 %).`,
  );
}
