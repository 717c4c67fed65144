import type { FieldError, Problem, Task, TaskBatchEnvelope, TaskBatchOutcome } from '@millrace/contracts';
import {
  type Caller,
  isDatabaseUnavailable,
  type NewTask,
  requestHash,
  submitAll,
  submitBatchOnce,
  submitFitting,
} from '@millrace/db';
import { tooManyOpenTasks } from '../access/open-tasks-limit.ts';
import type { GatewayContext } from '../context.ts';
import { keyReused } from '../http/idempotency-key.ts';
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
 * @throws ProblemError 422 with every wrong field of every task, as `/tasks/3/prompt`, or 429 if the caller
 * may not have all open
 */
export async function acceptAll(
  context: BatchContext,
  caller: Caller,
  bodies: readonly unknown[],
): Promise<TaskBatchOutcome[]> {
  const tasks = await submitAll(context.db, caller, allValid(readEach(context, caller, bodies)));
  if (!tasks) throw tooManyOpenTasks(caller);
  return tasks.map(accepted);
}

/**
 * Stores the valid tasks, as many as the caller may have open; an invalid one, or a statement that fails,
 * does not affect the others.
 */
export async function acceptEach(
  context: BatchContext,
  caller: Caller,
  bodies: readonly unknown[],
): Promise<TaskBatchOutcome[]> {
  const read = readEach(context, caller, bodies);
  const valid = read.filter(isValid);
  const stored: TaskBatchOutcome[] = [];
  for (let begin = 0; begin < valid.length; begin += CHUNK_SIZE) {
    const chunk = valid.slice(begin, begin + CHUNK_SIZE);
    // With nothing stored yet, the whole request may fail like any other.
    stored.push(...(await storeChunk(context, caller, chunk, begin === 0)));
  }
  const outcomes = stored.values();
  return read.map((task) => (isValid(task) ? outcomes.next().value! : refused(task.problem)));
}

/**
 * Stores under an idempotency key what was not stored under it before, in one commit: with `atomic` all as `acceptAll`, else
 * those that `acceptEach` would.
 *
 * @returns what is stored by now, and what was added to it
 * @throws ProblemError 409 if the key belongs to another request
 */
export async function acceptOnce(
  context: BatchContext,
  caller: Caller,
  request: TaskBatchEnvelope,
  key: string,
): Promise<{ outcomes: TaskBatchOutcome[]; added: readonly Task[] }> {
  const { tasks: bodies, atomic = false } = request;
  const each = readEach(context, caller, bodies, key);
  const read = atomic ? allValid(each) : each;
  const tasks = new Map(read.entries().filter((entry): entry is [number, NewTask] => isValid(entry[1])));
  const batch = { key, requestHash: requestHash(request), tasks, atomic };
  const outcome = await submitBatchOnce(context.db, caller, batch);
  if (outcome.kind === 'conflict') throw keyReused(outcome.taskId);
  if (outcome.kind === 'full') throw tooManyOpenTasks(caller);
  const outcomes = read.map((task, position) => {
    if (!isValid(task)) return refused(task.problem);
    const stored = outcome.tasks.get(position);
    return stored ? accepted(stored) : refused(tooManyOpenTasks(caller).problem);
  });
  return { outcomes, added: outcome.added };
}

/** What to store for each, or why it is refused. */
function readEach(
  context: BatchContext,
  caller: Caller,
  bodies: readonly unknown[],
  key: string | null = null,
): (NewTask | ProblemError)[] {
  const reader = createSubmissionReader(context);
  return bodies.map((body) => {
    try {
      return reader.prepare(caller, reader.check(body), key);
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  });
}

/** @throws ProblemError 422 with every wrong field of every task */
function allValid(read: readonly (NewTask | ProblemError)[]): NewTask[] {
  const errors = read.flatMap((task, index) =>
    task instanceof ProblemError ? errorsAt(`/tasks/${index}`, task.problem) : [],
  );
  if (errors.length > 0) throw validationFailed(errors.slice(0, ERRORS_MAX));
  return read.filter(isValid);
}

function isValid(task: NewTask | ProblemError): task is NewTask {
  return !(task instanceof ProblemError);
}

/** Stores the first of the tasks, as many as there is room for; if the statement fails, none. */
async function storeChunk(
  { db, logger }: BatchContext,
  caller: Caller,
  tasks: readonly NewTask[],
  mayThrow: boolean,
): Promise<TaskBatchOutcome[]> {
  try {
    const stored = await submitFitting(db, caller, tasks);
    const { problem } = tooManyOpenTasks(caller);
    return tasks.map((_, i) => (stored[i] ? accepted(stored[i]) : refused(problem)));
  } catch (error) {
    if (mayThrow) throw error;
    if (isDatabaseUnavailable(error)) {
      const detail =
        'The database became unreachable. The task may have been stored: check before you repeat it.';
      return tasks.map(() => refused(problemOf('database_unavailable', detail)));
    }
    logger.error({ err: error, tasks: tasks.length }, 'part of a batch could not be stored');
    const detail = 'This is a bug in the service; its log has the details.';
    return tasks.map(() => refused(problemOf('internal_error', detail)));
  }
}

function accepted(task: Task): TaskBatchOutcome {
  return { status: 202, task };
}

function refused(problem: Problem): TaskBatchOutcome {
  return { status: problem.status, problem };
}

function errorsAt(pointer: string, { errors = [] }: Problem): FieldError[] {
  return errors.map(({ field, message }) => ({ field: `${pointer}${field}`, message }));
}
