import type { Logger } from '@millrace/contracts';
import { getStats, readStates } from '@millrace/db';
import type { SharedConfig } from './config.ts';
import type { McpContext } from './context.ts';
import { Databases } from './databases.ts';
import { readRecent } from './resources/recent-tasks.ts';
import { shareResult } from './shared-result.ts';
import type { McpMetrics } from './telemetry/mcp-metrics.ts';
import { ResourceWatch } from './watching/resource-watch.ts';
import { TaskWatch } from './watching/task-watch.ts';

/** Counting reads the whole table, however many ask. */
const STATS_MAX_AGE_MS = 1_000;
const WATCHERS_MAX = 1_000;
const WATCHED_TASKS_MAX = 500;

/** Makes no connection yet; whoever opens it closes its databases and stops its watch. */
export function openContext(config: SharedConfig, logger: Logger, metrics?: McpMetrics): McpContext {
  const databases = new Databases(config, logger, metrics?.databaseObserver);
  const watch = new TaskWatch({
    readStates: (ids) => readStates(databases.reading, ids),
    maxWatchers: WATCHERS_MAX,
    logger,
  });
  const stats = shareResult(() => getStats(databases.scanning), STATS_MAX_AGE_MS);
  const resources = new ResourceWatch({
    tasks: watch,
    maxWatchedTasks: WATCHED_TASKS_MAX,
    async fingerprint(resource) {
      await databases.ready();
      if (resource.kind === 'stats') return JSON.stringify((await stats()).counts);
      return JSON.stringify(await readRecent(context, resource));
    },
    logger,
  });
  const { models, retentionDays } = config;
  const context: McpContext = { databases, stats, watch, resources, models, retentionDays, metrics, logger };
  return context;
}
