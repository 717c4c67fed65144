import type { Logger, ModelProvider } from '@millrace/contracts';
import type { AwaitedSchema, Database } from '@millrace/db';
import type { ConfiguredModel } from '@millrace/runtime';
import type { EventReader, TaskProducer } from '@millrace/stream';
import type { AccessControl } from './access/authorize.ts';
import type { LiveStreams } from './events/live-streams.ts';
import type { AnswerJson } from './http/json-answer.ts';
import type { ReserveMemory } from './http/memory-budget.ts';
import type { Turns } from './http/turns.ts';
import type { GatewayTelemetry } from './telemetry/telemetry.ts';
import type { TaskWaiters } from './waiting/task-waiters.ts';

/** What the app depends on; its creator starts and stops these. */
export interface GatewayContext extends AccessControl {
  readonly db: Database;
  /** For statements that may scan whole tables or long histories; on connections of their own they never delay a submission. */
  readonly scanDb: Database;
  /** How many connections `scanDb` has. */
  readonly scanPoolSize: number;
  readonly producer: Pick<TaskProducer, 'announce' | 'publishEvent' | 'health'>;
  readonly events: Pick<EventReader, 'health'>;
  readonly waiters: TaskWaiters;
  readonly streams: LiveStreams;
  /** Until it is in place the database is not queried. */
  readonly schema: Pick<AwaitedSchema, 'missing'>;
  /** At least one; the first is the default. */
  readonly models: readonly ConfiguredModel<ModelProvider>[];
  readonly telemetry: GatewayTelemetry;
  readonly logger: Logger;
  readonly bodyLimitBytes: number;
  readonly batchBodyLimitBytes: number;
  /** How many submissions, task reads, cancellations and retries may each be in progress; any more are refused. */
  readonly maxInFlight: number;
}

/** What the routes of one app depend on: these they share. */
export interface RouteContext extends GatewayContext {
  /** For request bodies. */
  readonly reserveMemory: ReserveMemory;
  readonly answerJson: AnswerJson;
  /** For whatever uses `scanDb` at length. */
  readonly scanInTurn: Turns;
}
