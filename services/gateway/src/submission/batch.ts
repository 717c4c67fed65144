import type { FieldError, Problem, Task, TaskBatchOutcome, TaskCreate } from '@millrace/contracts';
import { type Caller, isDatabaseUnavailable, type NewTask, submitAll, submitFitting } from '@millrace/db';
import { openTasksDetail, tooManyOpenTasks } from '../access/open-tasks-limit.ts';
import type { GatewayContext } from '../context.ts';
import { ProblemError, problemOf } from '../http/problem.ts';
import { validationFailed } from '../http/validate.ts';
import { createSubmissionReader } from './read-submission.ts';

type BatchContext = Pick<GatewayContext, 'db' | 'models' | 'logger'>;

/** Rows of one statement: more of them gain nothing, while memory and locks still grow. */
const CHUNK_SIZE = 500;
const ERRORS_MAX = 1000;

/**
 * Stores all of the tasks in one statement.
 *
 * @throws ProblemError 422 with every wrong field of every task, as `/tasks/3/prompt`, or 429 if the caller may not have all open
 */
export async function acceptAll(
  context: BatchContext,
  caller: Caller,
  bodies: readonly unknown[],
): Promise<TaskBatchOutcome[]> {
  const reader = createSubmissionReader(context);
  const creates: TaskCreate[] = [];
  const errors: FieldError[] = [];
  for (const [index, body] of bodies.entries()) {
    const checked = verdict(() => reader.check(body));
    if ('value' in checked) creates.push(checked.value);
    else errors.push(...errorsAt(`/tasks/${index}`, checked.problem));
  }
  if (errors.length > 0) throw validationFailed(errors.slice(0, ERRORS_MAX));
  const tasks = await submitAll(
    context.db,
    caller,
    creates.map((create) => reader.prepare(caller, create, null)),
  );
  if (!tasks) throw tooManyOpenTasks(caller);
  return tasks.map(accepted);
}

/**
 * Stores the valid tasks, as many as the caller may have open; an invalid one, or a statement that fails, does not affect the others.
 */
export async function acceptEach(
  context: BatchContext,
  caller: Caller,
  bodies: readonly unknown[],
): Promise<TaskBatchOutcome[]> {
  const reader = createSubmissionReader(context);
  const noRoom = problemOf('open_tasks_limit', openTasksDetail(caller));
  const outcomes: TaskBatchOutcome[] = new Array(bodies.length);
  const valid: { index: number; create: TaskCreate }[] = [];
  for (const [index, body] of bodies.entries()) {
    const checked = verdict(() => reader.check(body));
    if ('value' in checked) valid.push({ index, create: checked.value });
    else outcomes[index] = refused(checked.problem);
  }
  for (let begin = 0; begin < valid.length; begin += CHUNK_SIZE) {
    const chunk = valid.slice(begin, begin + CHUNK_SIZE);
    const stored = await storeChunk(
      context,
      caller,
      chunk.map(({ create }) => reader.prepare(caller, create, null)),
      // With nothing stored yet, the whole request may fail like any other.
      begin === 0,
    );
    for (const [i, { index }] of chunk.entries()) {
      const task = Array.isArray(stored) ? stored[i] : undefined;
      if (task) outcomes[index] = accepted(task);
      else outcomes[index] = refused(Array.isArray(stored) ? noRoom : stored);
    }
  }
  return outcomes;
}

/** The first of the tasks, as many as there was room for; or why none was stored. */
async function storeChunk(
  { db, logger }: BatchContext,
  caller: Caller,
  tasks: readonly NewTask[],
  mayThrow: boolean,
): Promise<Task[] | Problem> {
  try {
    return await submitFitting(db, caller, tasks);
  } catch (error) {
    if (mayThrow) throw error;
    if (isDatabaseUnavailable(error)) {
      return problemOf(
        'database_unavailable',
        'The database became unreachable. The task may have been stored: check before you repeat it.',
      );
    }
    logger.error({ err: error, tasks: tasks.length }, 'part of a batch could not be stored');
    return problemOf('internal_error', 'This is a bug in the service; its log has the details.');
  }
}

function verdict<T>(check: () => T): { value: T } | { problem: Problem } {
  try {
    return { value: check() };
  } catch (error) {
    if (error instanceof ProblemError) return { problem: error.problem };
    throw error;
  }
}

function accepted(task: Task): TaskBatchOutcome {
  return { status: 202, task };
}

function refused(problem: Problem): TaskBatchOutcome {
  return { status: problem.status, problem };
}

function errorsAt(pointer: string, { detail, errors }: Problem): FieldError[] {
  if (!errors) return [{ field: pointer, message: detail }];
  return errors.map(({ field, message }) => ({ field: `${pointer}${field}`, message }));
}
