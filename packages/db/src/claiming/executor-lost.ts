import type { TaskError } from '@millrace/contracts';

/** Why an attempt ended whose executor died or fell silent, and why a task fails that ran out of attempts that way. */
export const EXECUTOR_LOST: TaskError = {
  code: 'executor_lost',
  message: 'The executor died or stopped renewing its lease while it ran this attempt.',
  retryable: true,
};
