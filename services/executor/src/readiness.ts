import type { DependencyHealth, Readiness } from '@millrace/contracts';
import { type AwaitedSchema, type Database, ping, whyNotReady } from '@millrace/db';
import type { ConsumerHealth, TaskConsumer } from '@millrace/stream';
import type { Executor, ExecutorProgress } from './executor.ts';

/** After this long without the stream the executor is ready all the same: the rescue path serves every task. */
const STREAM_GRACE_MS = 10_000;
/**
 * The same where the broker answers. Members hear within a second that another wants to join; what takes longer waits for one that was
 * killed, whose session has ten seconds to time out.
 */
const JOIN_GRACE_MS = 3_000;
/** The rescue path comes round more than once a second; an executor that is so late is stuck. */
const LOOK_MS_MAX = 10_000;

export interface ExecutorReadiness extends Readiness {
  readonly progress: ExecutorProgress & {
    readonly assigned_partitions: number;
    readonly last_poll_ms_ago: number | null;
  };
}

/** The body of `GET /health/ready`: what this executor depends on, and whether it makes progress. */
export async function readiness(executor: {
  db: Database;
  schema: Pick<AwaitedSchema, 'missing'>;
  consumer: TaskConsumer;
  executor: Executor;
  leaseMs: number;
}): Promise<ExecutorReadiness> {
  const postgres = await postgresHealth(executor);
  const stream = executor.consumer.health();
  const progress = executor.executor.progress();
  const stuck = whyStuck(progress, executor.leaseMs);
  const settled = isSettled(stream, performance.now());
  return {
    status: postgres.status === 'up' && settled && !stuck ? 'ready' : 'unready',
    dependencies: {
      postgres,
      stream: streamHealth(stream),
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

/** Whether the stream takes part, or has had its time to: an executor that was just started serves its first tasks by it. */
export function isSettled({ connected, joiningForMs = 0 }: ConsumerHealth, uptimeMs: number): boolean {
  return connected || joiningForMs > JOIN_GRACE_MS || uptimeMs > STREAM_GRACE_MS;
}

export function streamHealth({ connected, joiningForMs }: ConsumerHealth): DependencyHealth {
  if (connected) return { status: 'up', required: false };
  const detail = joiningForMs === undefined ? undefined : 'joining the consumer group';
  return { status: 'down', required: false, ...(detail && { detail }) };
}

async function postgresHealth({
  db,
  schema,
}: Pick<Parameters<typeof readiness>[0], 'db' | 'schema'>): Promise<DependencyHealth> {
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
    return `has not looked for due tasks for ${last_look_ms_ago} ms`;
  }
  if (last_renewal_ms_ago !== null && last_renewal_ms_ago > leaseMs) {
    return `has not renewed its leases for ${last_renewal_ms_ago} ms, longer than they last`;
  }
  return undefined;
}
