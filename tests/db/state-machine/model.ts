import { type AttemptOutcome, LANES, type Lane, laneOf, type TaskStatus } from '@millrace/contracts';

/*
 * What a task should do, expressed independently of the verbs' SQL: the history of attempts is the truth here, and every
 * counter of the row is derived from it. Times are milliseconds of the virtual clock.
 */

const DOORBELL_GRACE_MS = 150;

export interface ModelAttempt {
  status: 'RUNNING' | AttemptOutcome;
  readonly executor: string;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  errorCode: string | null;
  output: string | null;
}

export interface ModelStep {
  readonly seq: number;
  readonly attempt: number;
  readonly output: string;
  readonly endedAtMs: number;
}

export interface ModelTask {
  readonly id: string;
  readonly priority: number;
  readonly maxAttempts: number;
  status: TaskStatus;
  readonly history: ModelAttempt[];
  /** Ordered by number. */
  readonly steps: ModelStep[];
  /** How many attempts were made before the last replay. */
  earlierRuns: number;
  runAtMs: number;
  dueAtMs: number | null;
  finishedAtMs: number | null;
  errorCode: string | null;
}

export interface Model {
  nowMs: number;
  tasks: ModelTask[];
  readonly deletedIds: string[];
  readonly keys: Map<string, { requestHash: string; taskId: string; boundAtMs: number }>;
}

export function newModelTask(
  { nowMs }: Model,
  input: { id: string; priority: number; max_attempts: number; delay_ms: number | null },
): ModelTask {
  return {
    id: input.id,
    priority: input.priority,
    maxAttempts: input.max_attempts,
    status: 'PENDING',
    history: [],
    steps: [],
    earlierRuns: 0,
    runAtMs: nowMs + (input.delay_ms ?? 0),
    dueAtMs: nowMs + (input.delay_ms ?? DOORBELL_GRACE_MS),
    finishedAtMs: null,
    errorCode: null,
  };
}

function thisRun(task: ModelTask): ModelAttempt[] {
  return task.history.slice(task.earlierRuns);
}
export function countedAttempts(task: ModelTask): number {
  return thisRun(task).filter(({ status }) => status !== 'RELEASED').length;
}
export function lostAttempts(task: ModelTask): number {
  return thisRun(task).filter(({ status }) => status === 'LOST').length;
}
export function startedAtMs(task: ModelTask): number | null {
  return thisRun(task)[0]?.startedAtMs ?? null;
}
export function isLastChance(task: ModelTask): boolean {
  return lostAttempts(task) > 0 && countedAttempts(task) === task.maxAttempts;
}

export function ownsTask(task: ModelTask | undefined, attempt: number): task is ModelTask {
  return task?.status === 'RUNNING' && task.history.length === attempt;
}

/** The ways to claim. Whether it was lost before, and how many attempts are left, decides which of them apply. */
export type Path = 'message' | 'rescue' | 'last chance';

export function mayTake(task: ModelTask, path: Path, nowMs: number): boolean {
  // A message starts work; only polls take over or end what was lost.
  if (task.status !== 'PENDING' && (task.status !== 'RUNNING' || path === 'message')) return false;
  const since = path === 'message' ? task.runAtMs : task.dueAtMs!;
  if (since > nowMs) return false;
  const attemptsLeft = task.maxAttempts - countedAttempts(task);
  const isSuspect = isStranded(task) && attemptsLeft === 1;
  return isSuspect === (path === 'last chance');
}

/** Claims a claimable task. False if that ended it: no attempt was left. */
export function take(task: ModelTask, executor: string, leaseMs: number, nowMs: number): boolean {
  if (task.status === 'RUNNING') endAttempt(task, 'LOST', nowMs, 'executor_lost');
  if (countedAttempts(task) >= task.maxAttempts) {
    task.errorCode = 'executor_lost';
    finish(task, 'FAILED', nowMs);
    return false;
  }
  task.status = 'RUNNING';
  task.dueAtMs = nowMs + leaseMs;
  task.history.push({
    status: 'RUNNING',
    executor,
    startedAtMs: nowMs,
    endedAtMs: null,
    errorCode: null,
    output: null,
  });
  return true;
}

export function endAttempt(
  task: ModelTask,
  outcome: AttemptOutcome,
  nowMs: number,
  errorCode: string | null = null,
): ModelAttempt {
  const attempt = task.history.at(-1)!;
  attempt.status = outcome;
  attempt.endedAtMs = nowMs;
  attempt.errorCode = errorCode;
  return attempt;
}

export function finish(task: ModelTask, status: 'COMPLETED' | 'FAILED' | 'CANCELLED', nowMs: number): void {
  task.status = status;
  task.dueAtMs = null;
  task.finishedAtMs = nowMs;
}

export function runAgain(task: ModelTask, nowMs: number): void {
  task.status = 'PENDING';
  task.earlierRuns = task.history.length;
  task.runAtMs = nowMs;
  task.dueAtMs = nowMs + DOORBELL_GRACE_MS;
  task.finishedAtMs = null;
  task.errorCode = null;
}

export function isFinished({ finishedAtMs }: ModelTask): boolean {
  return finishedAtMs !== null;
}

/** Lost before, or just now. */
export function isStranded(task: ModelTask): boolean {
  return task.status === 'RUNNING' || lostAttempts(task) > 0;
}

/** What a poll may claim: first lost tasks, then the lanes in turn, the longest due first within each. */
export function rescuable(model: Model, lanes: readonly Lane[]): ModelTask[] {
  const turn = (task: ModelTask) => (isStranded(task) ? -1 : lanes.indexOf(laneOf(task.priority)));
  return model.tasks
    .filter((task) => mayTake(task, 'rescue', model.nowMs))
    .sort((a, b) => turn(a) - turn(b) || a.dueAtMs! - b.dueAtMs!);
}

export const LANE_ORDERS: readonly (readonly [Lane, Lane, Lane])[] = [
  LANES,
  ['normal', 'high', 'low'],
  ['low', 'high', 'normal'],
];
