import type { TaskError } from '@millrace/contracts';

/** The error of an attempt whose executor died or fell silent, and of a task that ran out of attempts that way. */
export const EXECUTOR_LOST: TaskError = {
  code: 'executor_lost',
  message: 'The executor died or stopped renewing its lease while it ran this attempt.',
  retryable: true,
};
