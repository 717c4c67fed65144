import type { DependencyHealth, Readiness } from '@millrace/contracts';
import { type AwaitedSchema, type Database, ping, whyNotReady } from '@millrace/db';
import type { ConsumerHealth, TaskConsumer, TaskProducer } from '@millrace/stream';
import type { Executor, ExecutorProgress } from './executor.ts';

/** After this long without the stream the executor counts as ready anyway: the rescue path serves every task. */
const STREAM_GRACE_MS = 10_000;
/**
 * The same while the broker answers. Live members notice a joiner within a second; a join that takes longer
 * is waiting for a killed member's ten-second session to time out.
 */
const JOIN_GRACE_MS = 3_000;
/** The rescue path polls more than once a second; an executor this late is stuck. */
const LOOK_MS_MAX = 10_000;

interface ExecutorReadiness extends Readiness {
  readonly progress: ExecutorProgress & {
    readonly assigned_partitions: number;
    readonly last_poll_ms_ago: number | null;
  };
}

/** The body of `GET /health/ready`: what this executor depends on, and whether it makes progress. */
export async function readiness({
  db,
  schema,
  consumer,
  producer,
  executor,
  leaseMs,
}: {
  db: Database;
  schema: Pick<AwaitedSchema, 'missing'>;
  consumer: Pick<TaskConsumer, 'health'>;
  producer: Pick<TaskProducer, 'health'>;
  executor: Pick<Executor, 'progress'>;
  leaseMs: number;
}): Promise<ExecutorReadiness> {
  const postgres = await postgresHealth(db, schema);
  const stream = consumer.health();
  const progress = executor.progress();
  const stuck = whyStuck(progress, leaseMs);
  const settled = isSettled(stream, performance.now());
  return {
    status: postgres.status === 'up' && settled && !stuck ? 'ready' : 'unready',
    dependencies: {
      postgres,
      stream: streamHealth(stream, producer.health().connected),
      progress: { status: stuck ? 'down' : 'up', required: true, ...(stuck && { detail: stuck }) },
    },
    progress: {
      ...progress,
      assigned_partitions: stream.assignedPartitions,
      last_poll_ms_ago:
        stream.lastFetchAt === null ? null : Math.round(performance.now() - stream.lastFetchAt),
    },
  };
}

/** Whether the stream is connected or has had time to be: a fresh executor should serve its first tasks from it. */
export function isSettled({ connected, joiningForMs = 0 }: ConsumerHealth, uptimeMs: number): boolean {
  return connected || joiningForMs > JOIN_GRACE_MS || uptimeMs > STREAM_GRACE_MS;
}

export function streamHealth(
  { connected, joiningForMs }: ConsumerHealth,
  isProducing: boolean,
): DependencyHealth {
  if (connected && isProducing) return { status: 'up', required: false };
  const joining = joiningForMs === undefined ? undefined : 'joining the consumer group';
  const detail = connected ? 'the broker does not answer, or denies permission to write' : joining;
  return { status: 'down', required: false, ...(detail && { detail }) };
}

async function postgresHealth(
  db: Database,
  schema: Pick<AwaitedSchema, 'missing'>,
): Promise<DependencyHealth> {
  const missing = schema.missing();
  if (missing !== undefined) return { status: 'down', required: true, detail: missing };
  return ping(db).then(
    () => ({ status: 'up', required: true }),
    (error) => ({ status: 'down', required: true, detail: whyNotReady(error) }),
  );
}

function whyStuck(
  { last_look_ms_ago, last_renewal_ms_ago }: ExecutorProgress,
  leaseMs: number,
): string | undefined {
  if (last_look_ms_ago !== null && last_look_ms_ago > LOOK_MS_MAX) {
    return `no poll for due tasks has succeeded for ${last_look_ms_ago} ms`;
  }
  if (last_renewal_ms_ago !== null && last_renewal_ms_ago > leaseMs) {
    return `has not renewed its leases for ${last_renewal_ms_ago} ms, longer than they last`;
  }
  return undefined;
}
