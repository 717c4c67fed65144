import type { Logger, ModelProvider, Stats } from '@millrace/contracts';
import type { Caller } from '@millrace/db';
import type { ConfiguredModel } from '@millrace/runtime';
import type { Databases } from './databases.ts';
import type { McpMetrics } from './telemetry/mcp-metrics.ts';
import type { ResourceWatch } from './watching/resource-watch.ts';
import type { TaskWatch } from './watching/task-watch.ts';

/** What the service is made of, whoever calls. */
export interface ServiceParts {
  /** Its readers are there once `ready` has resolved. */
  readonly databases: Databases;
  /** One count of all that is seen for all who see the same and ask within a second. */
  stats(caller: Caller): Promise<Stats>;
  readonly watch: TaskWatch;
  readonly resources: ResourceWatch;
  /** The first one is the default. */
  readonly models: readonly ConfiguredModel<ModelProvider>[];
  readonly retentionDays: number;
  /** Undefined where nobody could read them. */
  readonly metrics: McpMetrics | undefined;
  readonly logger: Logger;
}

/** What tools, resources and prompts work with, and on whose behalf. */
export interface McpContext extends ServiceParts {
  readonly caller: Caller;
}
