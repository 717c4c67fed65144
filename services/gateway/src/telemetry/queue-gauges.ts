import type { Queue } from '@millrace/db';
import { type Metrics, shareResult } from '@millrace/runtime';

/** Scrapes within it share one query. */
const MAX_AGE_MS = 5_000;
/** A scrape does not wait for a Postgres that is down or busy. */
const WAIT_MS_MAX = 1_000;

/** Pending and running tasks of the whole platform: queried from Postgres by a scrape, and absent while it does not answer. */
export function queueGauges(metrics: Metrics, readQueue: () => Promise<Queue>): void {
  const shared = shareResult(readQueue, MAX_AGE_MS);
  const queue = () => Promise.race([shared().catch(() => undefined), Bun.sleep(WAIT_MS_MAX)]);
  metrics.gauge('millrace_tasks', 'Tasks that are not finished, by status.', async () => {
    const known = await queue();
    if (!known) return [];
    return [
      { labels: { status: 'PENDING' }, value: known.pending },
      { labels: { status: 'RUNNING' }, value: known.running },
    ];
  });
  metrics.gauge(
    'millrace_oldest_pending_age_seconds',
    'For how long the task that waits longest could have been run; 0 if none waits.',
    async () => {
      const known = await queue();
      return known ? [{ value: Math.max(0, known.oldest_pending_seconds ?? 0) }] : [];
    },
  );
}
