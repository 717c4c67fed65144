import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';

const Count = Type.Integer({ minimum: 0 });
const Milliseconds = Nullable(Type.Number({ minimum: 0 }));

export const Stats = StrictObject({
  counts: StrictObject(
    { PENDING: Count, RUNNING: Count, COMPLETED: Count, FAILED: Count, CANCELLED: Count },
    { description: 'Tasks that are stored, by status' },
  ),
  oldest_pending_age_ms: Nullable(
    Type.Number({
      minimum: 0,
      description: 'For how long the oldest task that could run has been waiting',
    }),
  ),
  last_minute: StrictObject({
    finished: Count,
    per_second: Type.Number({ minimum: 0 }),
    latency_ms: StrictObject(
      { p50: Milliseconds, p95: Milliseconds, p99: Milliseconds },
      {
        description:
          'From created_at to finished_at, with all retries and delays, but without tasks that were replayed; null if there are none',
      },
    ),
  }),
});
export type Stats = Static<typeof Stats>;
