import type { Database } from '@millrace/db';

const AGE_DAYS = 20;
/** Rows for one statement: the driver gives up a server that is silent for 20 s. */
const PART = 100_000;

/**
 * Finished tasks as they accumulate over time: created evenly over the last days, 1 % FAILED, 0.5 % CANCELLED, five of a
 * rare model. Generated in Postgres, a part at a time.
 */
export async function fillFinished({ sql }: Database, count: number): Promise<void> {
  for (let first = 1; first <= count; first += PART) {
    const last = Math.min(count, first + PART - 1);
    await sql`
      insert into tasks (id, prompt, model, priority, status, result, error, attempts, max_attempts, timeout_ms, run_at, executor,
        metadata, created_at, started_at, attempt_started_at, finished_at)
      select uuidv7(-make_interval(secs => age)), 'calculate ' || n || '+1',
        case when n % ${Math.ceil(count / 5)} = 7 then 'rare' when n % 4 = 0 then 'simulated' else 'builtin' end, n % 10, status,
        case when status = 'COMPLETED' then jsonb_build_object('output', (n + 1)::text, 'steps', '[]'::jsonb) end,
        case when status = 'FAILED' then '{"code":"model_error","message":"it failed","retryable":false}'::jsonb end,
        1, 3, 60000, created, 'executor-1', '{}', created, created + interval '5 ms', created + interval '5 ms',
        created + interval '20 ms'
      from (
        select n, age, now() - make_interval(secs => age) as created,
          (case when n % 100 = 1 then 'FAILED' when n % 200 = 2 then 'CANCELLED' else 'COMPLETED' end)::task_status as status
        from (
          select n, (${count}::float8 - n + 1) * ${AGE_DAYS * 86_400} / ${count}::float8 + 300 as age
          from generate_series(${first}::integer, ${last}::integer) as n
        ) as numbered
      ) as dated`;
  }
  // As the migration does for existing tasks.
  await sql`insert into finished_counts select status, count(*) from tasks where finished_at is not null group by status`;
  await sql`vacuum analyze tasks`;
}

/** Tasks that have been waiting for a minute and have no message. */
export async function fillPending({ sql }: Database, count: number): Promise<void> {
  const waitingSince = new Date(Date.now() - 60_000).toISOString();
  for (let first = 1; first <= count; first += PART) {
    await sql`
      insert into tasks (id, prompt, model, priority, max_attempts, timeout_ms, run_at, due_at, metadata)
      select uuidv7(), 'calculate 1+1', 'builtin', 5, 3, 60000, now(),
        ${waitingSince}::timestamptz + make_interval(secs => n / 1e5), '{}'
      from generate_series(${first}::integer, ${Math.min(count, first + PART - 1)}::integer) as n`;
  }
}

export async function deleteUnfinished({ sql }: Database): Promise<void> {
  for (;;) {
    const { count } = await sql`
      delete from tasks where id in (select id from tasks where due_at is not null limit ${PART})`;
    if (count < PART) return;
  }
}
