import type { Logger } from '@millrace/contracts';
import type { Database } from '@millrace/db';
import type { OutageLog, Tracing } from '@millrace/runtime';
import type { TaskConsumer } from '@millrace/stream';
import type { ToolRegistry } from '@millrace/tools';
import type { Announcer } from './attempts/announcer.ts';
import type { RunningAttempts } from './attempts/running-attempts.ts';
import type { CallLimits, LimitedModel } from './call-limits/call-limits.ts';
import type { Model } from './models/model.ts';
import type { ExecutorMetrics } from './telemetry/executor-metrics.ts';

/** What an executor is given. */
export interface ExecutorOptions {
  readonly db: Database;
  readonly executorId: string;
  /** Tasks that may run at once, not counting those waiting for a model's limits. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** How long running attempts may continue after `drain` is called. */
  readonly drainTimeoutMs: number;
  readonly models: ReadonlyMap<string, Model>;
  readonly modelLimits: readonly LimitedModel[];
  readonly tools: ToolRegistry;
  readonly workspaceRoot: string;
  readonly announcer: Announcer;
  readonly consumer: Pick<TaskConsumer, 'pause' | 'resume' | 'health'>;
  readonly metrics: ExecutorMetrics;
  readonly tracing: Tracing | undefined;
  readonly logger: Logger;
}

/** What the parts of an executor share. */
export interface ExecutorContext extends ExecutorOptions {
  readonly attempts: RunningAttempts;
  readonly limits: CallLimits;
  readonly outage: OutageLog;
}
