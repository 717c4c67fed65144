import type { Logger, ModelProvider } from '@millrace/contracts';
import type { AwaitedSchema, Database } from '@millrace/db';
import type { ConfiguredModel } from '@millrace/runtime';
import type { EventReader, TaskProducer } from '@millrace/stream';
import type { AccessControl } from './access/authorize.ts';
import type { LiveStreams } from './events/live-streams.ts';
import type { GatewayTelemetry } from './telemetry/telemetry.ts';
import type { TaskWaiters } from './waiting/task-waiters.ts';

/** What the routes work with; whoever creates the app starts and stops these. */
export interface GatewayContext extends AccessControl {
  readonly db: Database;
  /** For what may scan whole tables or long histories, on connections of its own: such statements never hold up a submission. */
  readonly scanDb: Database;
  /** Its connections. */
  readonly scanPoolSize: number;
  readonly producer: Pick<TaskProducer, 'announce' | 'publishEvent' | 'health'>;
  readonly events: Pick<EventReader, 'health'>;
  readonly waiters: TaskWaiters;
  readonly streams: LiveStreams;
  /** Until it is there nothing is asked of the database. */
  readonly schema: Pick<AwaitedSchema, 'missing'>;
  /** At least one; the first is the default. */
  readonly models: readonly ConfiguredModel<ModelProvider>[];
  readonly telemetry: GatewayTelemetry;
  readonly logger: Logger;
  readonly bodyLimitBytes: number;
  readonly batchBodyLimitBytes: number;
  /** Submissions, reads of a task, cancellations or retries under way at once, of each kind; more are refused. */
  readonly maxInFlight: number;
}
