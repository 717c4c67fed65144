import type { SharedPlaces } from '@millrace/access';
import type { Logger, ModelProvider, Stats } from '@millrace/contracts';
import type { Caller } from '@millrace/db';
import type { ConfiguredModel, OutageLog } from '@millrace/runtime';
import type { Databases } from './databases.ts';
import type { McpMetrics } from './telemetry/mcp-metrics.ts';
import type { ResourceWatch } from './watching/resource-watch.ts';
import type { TaskWatch } from './watching/task-watch.ts';

/** The parts of the service that do not depend on the caller. */
export interface ServiceParts {
  /** Its readers exist once `ready` has resolved. */
  readonly databases: Databases;
  /** Callers who see the same tasks and ask within a second share one count. */
  stats(caller: Caller): Promise<Stats>;
  readonly watch: TaskWatch;
  /** Places for calls that wait for a task. */
  readonly waiting: SharedPlaces;
  readonly resources: ResourceWatch;
  /** The first one is the default. */
  readonly models: readonly ConfiguredModel<ModelProvider>[];
  readonly retentionDays: number;
  /** Undefined over stdio, where nobody could read them. */
  readonly metrics: McpMetrics | undefined;
  readonly logger: Logger;
  /** For what every call of an outage would log. */
  readonly outage: OutageLog;
}

/** What tools, resources and prompts work with, and on whose behalf. */
export interface McpContext extends ServiceParts {
  readonly caller: Caller;
}
