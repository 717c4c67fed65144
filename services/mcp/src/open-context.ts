import { SharedPlaces } from '@millrace/access';
import { type Caller, getStats, readStates, whyNotReady } from '@millrace/db';
import { OutageLog, type Service, shareEach } from '@millrace/runtime';
import type { SharedConfig } from './config.ts';
import type { ServiceParts } from './context.ts';
import { Databases } from './databases.ts';
import type { McpMetrics } from './telemetry/mcp-metrics.ts';
import { ResourceWatch } from './watching/resource-watch.ts';
import { TaskWatch } from './watching/task-watch.ts';

/** Counting reads all visible tasks, so callers share a result. */
const STATS_MAX_AGE_MS = 1_000;
const WAITING_CALLS_MAX = 1_000;
const WATCHED_TASKS_MAX = 500;

/**
 * Services and Postgres start in any order: until Postgres answers, this one is unready, and calls say why.
 * The caller stops the watch.
 */
export function openContext(
  config: SharedConfig,
  { logger, onStop }: Service,
  metrics?: McpMetrics,
): ServiceParts {
  const databases = new Databases(config, logger, metrics?.databaseObserver);
  onStop('database', () => databases.close());
  databases.ready().catch((error: unknown) => {
    logger.warn({ err: error }, `${whyNotReady(error)}; every call and health check tries again`);
  });
  // Not awaited: a state read late would pass for the one when watching began.
  const prepare = () => void databases.ready().catch(() => {});
  const watch = new TaskWatch({
    async readStates(inputs) {
      prepare();
      return readStates(databases.reading, inputs);
    },
    logger,
  });
  const stats = shareEach(
    (caller: Caller) => getStats(databases.scanning, caller),
    ({ sees }) => sees,
    STATS_MAX_AGE_MS,
  );
  const resources = new ResourceWatch({
    tasks: watch,
    maxWatchedTasks: WATCHED_TASKS_MAX,
    async fingerprint({ resource, variable }, caller) {
      prepare();
      return resource.fingerprint!({ databases, stats, caller }, variable);
    },
    logger,
  });
  const { models, retentionDays } = config;
  const waiting = new SharedPlaces(WAITING_CALLS_MAX);
  const outage = new OutageLog(logger);
  return { databases, stats, watch, waiting, resources, models, retentionDays, metrics, logger, outage };
}
