import type { Logger, ModelProvider, Stats } from '@millrace/contracts';
import type { ConfiguredModel } from '@millrace/runtime';
import type { Databases } from './databases.ts';
import type { McpMetrics } from './telemetry/mcp-metrics.ts';
import type { ResourceWatch } from './watching/resource-watch.ts';
import type { TaskWatch } from './watching/task-watch.ts';

/** What tools, resources and prompts work with. */
export interface McpContext {
  /** Its readers are there once `ready` has resolved. */
  readonly databases: Databases;
  /** One count of the whole table for all who ask within a second. */
  stats(): Promise<Stats>;
  readonly watch: TaskWatch;
  readonly resources: ResourceWatch;
  /** The first one is the default. */
  readonly models: readonly ConfiguredModel<ModelProvider>[];
  readonly retentionDays: number;
  /** Undefined where nobody could read them. */
  readonly metrics: McpMetrics | undefined;
  readonly logger: Logger;
}
