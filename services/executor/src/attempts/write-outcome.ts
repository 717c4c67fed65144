import type { TaskStatus } from '@millrace/contracts';
import {
  type ClaimedTask,
  complete,
  type Database,
  fail,
  findOutcome,
  isInvalidData,
  release,
} from '@millrace/db';
import type { OutageLog } from '@millrace/runtime';
import { isOutage, retryPause } from '../outages/outage-retry.ts';
import type { Outcome } from './outcome.ts';
import { attemptOf } from './running-attempts.ts';
import { storableJson } from './storable-text.ts';

/** For unforeseen errors, such as a defect, which would otherwise hold the slot forever. */
const FAILURES_MAX = 5;

/** The task's new status; null if the attempt no longer owned it and nothing was written. */
export type WrittenStatus = Extract<TaskStatus, 'COMPLETED' | 'FAILED' | 'PENDING'> | null;

/**
 * Writes how an attempt ended, fenced by the attempt. During an outage of Postgres it keeps retrying:
 * finished work must not be lost, and since the slot stays taken, the backlog here is bounded. If the task is
 * lost meanwhile, the write reports it.
 */
export async function writeOutcome(
  db: Database,
  task: ClaimedTask,
  outcome: Exclude<Outcome, { kind: 'abandoned' }>,
  { outage, fields }: { outage: Pick<OutageLog, 'warn'>; fields: object },
): Promise<WrittenStatus> {
  let mayBeWritten = false;
  for (let failures = 0; ; ) {
    try {
      const status = await writeOnce(db, task, outcome);
      // An earlier try may have been committed, and only its reply lost.
      return status ?? (mayBeWritten ? await findOutcome(db, attemptOf(task)) : null);
    } catch (error) {
      mayBeWritten = true;
      if (!isOutage(error) && ++failures === FAILURES_MAX) throw error;
      if (isInvalidData(error)) {
        // Not before: looking through every answer takes as long as running a short task.
        outcome = storableJson(outcome);
        outage.warn({ ...fields, err: error }, 'replacing what Postgres cannot store in the outcome');
      } else {
        outage.warn({ ...fields, err: error }, 'could not write the outcome; retrying');
        await retryPause();
      }
    }
  }
}

async function writeOnce(
  db: Database,
  task: ClaimedTask,
  outcome: Exclude<Outcome, { kind: 'abandoned' }>,
): Promise<WrittenStatus> {
  const attempt = attemptOf(task);
  if (outcome.kind === 'failed') {
    const { error, retryAfterMs, usage } = outcome;
    return fail(db, { ...attempt, error, retry_after_ms: retryAfterMs, usage });
  }
  if (outcome.kind === 'released') return (await release(db, attempt)) ? 'PENDING' : null;
  const { result, usage } = outcome.answer;
  return (await complete(db, { ...attempt, result, usage })) ? 'COMPLETED' : null;
}
