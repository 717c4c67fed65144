import type { SQL } from 'bun';
import { type SubmissionLoad, submitTasks } from './submit-tasks.ts';

/** Of the task that `submitTasks` submits. */
const OUTPUT = '2';

const POLL_MS = 10;
const STALLED_MS = 60_000;

export interface TaskLoadResult {
  readonly acceptedPerSecond: number;
  /** From the first request to the last outcome. */
  readonly completedPerSecond: number;
  readonly postMs: readonly number[];
}

/** Submits the tasks and waits until none is unfinished. @throws if one was refused */
export async function runTasks(sql: SQL, load: SubmissionLoad): Promise<TaskLoadResult> {
  const startedAt = performance.now();
  const { elapsedMs, latenciesMs } = await submitTasks(load);
  await untilNoneUnfinished(sql);
  const finishedMs = performance.now() - startedAt;
  return {
    acceptedPerSecond: (load.tasks * 1000) / elapsedMs,
    completedPerSecond: (load.tasks * 1000) / finishedMs,
    postMs: latenciesMs,
  };
}

async function untilNoneUnfinished(sql: SQL): Promise<void> {
  const deadline = performance.now() + STALLED_MS;
  for (;;) {
    // Exactly in the order of the index of unfinished tasks, so that it reads one entry and not the whole backlog.
    const [next] = await sql`
      select id from tasks where due_at is not null
      order by (case when status = 'RUNNING' or lost_attempts > 0 then 3 else lane end), due_at limit 1`;
    if (!next) return;
    if (performance.now() > deadline) throw new Error(`task ${next.id} had not ended after ${STALLED_MS} ms`);
    await Bun.sleep(POLL_MS);
  }
}

/** @throws unless exactly this many tasks are stored, each with the right result */
export async function requireCompleted(sql: SQL, tasks: number): Promise<void> {
  const [counted] = await sql`
    select count(*)::integer as stored,
      (count(*) filter (where status = 'COMPLETED' and result ->> 'output' = ${OUTPUT}))::integer as completed
    from tasks`;
  if (counted.stored === tasks && counted.completed === tasks) return;
  throw new Error(
    `of ${tasks} accepted tasks ${counted.stored} are stored and ${counted.completed} completed`,
  );
}
