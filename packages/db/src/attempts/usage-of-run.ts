import type { Database } from '../connection/database.ts';

/**
 * For a task ended by someone other than its attempt: the usage of its current run's turns, or the task's own
 * if there are none. A turn being stored at that very moment may be missing.
 */
export function usageOfRun({ sql }: Database) {
  return sql`coalesce((
    select jsonb_build_object(
      'input_tokens', sum((usage ->> 'input_tokens')::numeric),
      'output_tokens', sum((usage ->> 'output_tokens')::numeric),
      'cached_tokens', sum((usage ->> 'cached_tokens')::numeric),
      'cost_usd', case when count(usage ->> 'cost_usd') = count(*) then sum((usage ->> 'cost_usd')::numeric) end)
    from task_steps
    where task_id = tasks.id and attempt > tasks.earlier_attempts and usage is not null
    having count(*) > 0), tasks.usage)`;
}
