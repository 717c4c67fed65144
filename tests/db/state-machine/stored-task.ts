import type { Attempt, TaskStatus, TaskStep } from '@millrace/contracts';
import { type Database, loadSteps } from '@millrace/db';
import { everyAttempt } from '../../whole-history.ts';

/** A row of `tasks` as the state machine sees it, with its attempts and checkpoints. Times in milliseconds. */
export interface StoredTask {
  readonly id: string;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly earlier_attempts: number;
  readonly uncounted_attempts: number;
  readonly lost_attempts: number;
  readonly max_attempts: number;
  readonly executor: string | null;
  readonly error_code: string | null;
  readonly output: string | null;
  readonly run_at: number;
  readonly due_at: number | null;
  readonly started_at: number | null;
  readonly attempt_started_at: number | null;
  readonly finished_at: number | null;
  readonly history: Attempt[];
  readonly steps: TaskStep[];
}

/** Every task, oldest first. Call only when nothing is in flight: the counts of finished tasks are checked too. */
export async function readStoredTasks(db: Database): Promise<StoredTask[]> {
  const { sql } = db;
  const ms = (column: string) => sql`(extract(epoch from ${sql(column)}) * 1000)::float8 as ${sql(column)}`;
  const rows = await sql<StoredTask[]>`
    select id, status, attempts, earlier_attempts, uncounted_attempts, lost_attempts, max_attempts, executor, error ->> 'code' as error_code,
      result ->> 'output' as output, ${ms('run_at')}, ${ms('due_at')}, ${ms('started_at')},
      ${ms('attempt_started_at')}, ${ms('finished_at')}
    from tasks order by id`;
  await checkCounts(db, rows);
  return Promise.all(
    rows.map(async (row) => ({
      ...row,
      history: await everyAttempt(db, row.id),
      steps: await loadSteps(db, row.id),
    })),
  );
}

async function checkCounts({ sql }: Database, rows: readonly StoredTask[]): Promise<void> {
  const counts = await sql<{ status: TaskStatus; count: number }[]>`
    select status, sum(count)::integer as count from finished_counts group by status`;
  for (const status of ['COMPLETED', 'FAILED', 'CANCELLED']) {
    const counted = counts.find((row) => row.status === status)?.count ?? 0;
    const stored = rows.filter((row) => row.status === status).length;
    if (counted !== stored) throw new Error(`${stored} tasks are ${status}, but ${counted} were counted`);
  }
}

/** Invariants of a task at any moment. Throws on a violation. */
export function checkInvariants(task: StoredTask): void {
  const isOver = task.finished_at !== null;
  const claims: Record<string, boolean> = {
    'it is finished if its status says so':
      isOver === ['COMPLETED', 'FAILED', 'CANCELLED'].includes(task.status),
    'due_at is null if and only if it is finished': (task.due_at === null) === isOver,
    'its history contains every attempt once, in order':
      task.history.length === task.attempts &&
      task.history.every(({ attempt }, index) => attempt === index + 1),
    'only the last attempt can be running, and is if the task is': task.history.every(
      ({ status }, index) =>
        (status === 'RUNNING') === (task.status === 'RUNNING' && index === task.attempts - 1),
    ),
    'an attempt has ended unless it is running': task.history.every(
      ({ status, ended_at }) => (ended_at === null) === (status === 'RUNNING'),
    ),
    'exactly the completed attempts have a result':
      task.history.every(({ status, result }) => (result !== null) === (status === 'COMPLETED')) &&
      (task.output !== null) === (task.status === 'COMPLETED'),
    'every step was written by one of its attempts after that began': task.steps.every(
      ({ attempt, ended_at }) => ended_at >= (task.history[attempt - 1]?.started_at ?? '\uffff'),
    ),
    'attempts before the last replay are uncounted': task.earlier_attempts <= task.uncounted_attempts,
    'the counted attempts stay within max_attempts':
      task.attempts - task.uncounted_attempts >= 0 &&
      task.attempts - task.uncounted_attempts <= task.max_attempts,
  };
  const broken = Object.keys(claims).filter((claim) => !claims[claim]);
  if (broken.length > 0) {
    throw new Error(`violated: ${broken.join('; ')}\n${JSON.stringify(task, null, 1)}`);
  }
}
