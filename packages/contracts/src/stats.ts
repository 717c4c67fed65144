import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';

const Count = Type.Integer({ minimum: 0 });
const Milliseconds = Nullable(Type.Number({ minimum: 0 }));

export const Stats = Type.Object(
  {
    counts: Type.Object(
      { PENDING: Count, RUNNING: Count, COMPLETED: Count, FAILED: Count, CANCELLED: Count },
      { additionalProperties: false, description: 'Tasks that are stored, by status' },
    ),
    oldest_pending_age_ms: Nullable(
      Type.Number({
        minimum: 0,
        description: 'For how long the oldest task that could run has been waiting',
      }),
    ),
    last_minute: Type.Object(
      {
        finished: Count,
        per_second: Type.Number({ minimum: 0 }),
        latency_ms: Type.Object(
          { p50: Milliseconds, p95: Milliseconds, p99: Milliseconds },
          {
            additionalProperties: false,
            description:
              'From created_at to finished_at, with all retries and delays, but without tasks that were replayed; null if there are none',
          },
        ),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Stats = Static<typeof Stats>;
