export { type AccessToken, hashAccessToken, looksLikeAccessToken } from './access-token.ts';
export {
  type AwaitedSchema,
  awaitSchema,
  type MigrateMode,
  requireSchema,
} from './await-schema.ts';
export { type Cancellation, cancel } from './cancel.ts';
export { listenForCancellations } from './cancellations.ts';
export { type CheckpointInput, checkpoint, type NewStep } from './checkpoint.ts';
export { type ClaimInput, claim } from './claim.ts';
export { type ClaimDueInput, claimDue } from './claim-due.ts';
export { type ClaimLostInput, claimLastChance, claimLost } from './claim-lost.ts';
export type { ClaimedTask } from './claimed-task.ts';
export { type CompleteInput, complete } from './complete.ts';
export { countFailures, type FailureGroup } from './count-failures.ts';
export { createAccessToken, type NewAccessToken } from './create-access-token.ts';
export { type Database, type DatabaseOptions, openDatabase } from './database.ts';
export { deleteExpiredKeys, deleteFinished } from './delete-finished.ts';
export { DueHorizon } from './due-horizon.ts';
export { isDatabaseUnavailable, isInvalidData, isPermissionDenied, isSchemaMissing } from './errors.ts';
export { EXECUTOR_LOST } from './executor-lost.ts';
export { type FailInput, fail } from './fail.ts';
export type { Attempt } from './fence.ts';
export { findAccessToken } from './find-access-token.ts';
export { findFinished } from './find-finished.ts';
export { findTaskIds, type TaskIdQuery } from './find-task-ids.ts';
export { foldFinishedCounts } from './fold-finished-counts.ts';
export { getStats } from './get-stats.ts';
export { getTask } from './get-task.ts';
export { type NewTask, newTaskId } from './insert-tasks.ts';
export { listAccessTokens } from './list-access-tokens.ts';
export { listAttempts } from './list-attempts.ts';
export { listSteps, loadSteps } from './list-steps.ts';
export { listTasks } from './list-tasks.ts';
export { giveLogin, SERVICE_ROLES, type ServiceRole } from './login.ts';
export { migrate } from './migrate.ts';
export { endModelCall, type ModelCallInput, startModelCall } from './model-calls.ts';
export { newTask } from './new-task.ts';
export { peekTask } from './peek-task.ts';
export { peekTasks, type TaskPeekPage } from './peek-tasks.ts';
export { ping } from './ping.ts';
export { type OutputChunk, readOutput } from './read-output.ts';
export { readStates, type TaskState } from './read-states.ts';
export { type AttemptOver, readTimeline, type Timeline, type TimelineInput } from './read-timelines.ts';
export { checkReading, isRoleRefused, READER_ROLE, readOnlyUrl } from './reader-role.ts';
export { release } from './release.ts';
export { type Renewal, renew } from './renew.ts';
export { type ReplayedTask, type ReplayFilter, replay } from './replay.ts';
export { type Replay, replayTask } from './replay-task.ts';
export { requestHash } from './request-hash.ts';
export { revokeAccessToken } from './revoke-access-token.ts';
export { submit } from './submit.ts';
export { submitAll } from './submit-all.ts';
export { type SubmitOnceOutcome, submitOnce } from './submit-once.ts';
export type { DueTasks } from './take-due.ts';
export type { TaskCloseUp, TaskPeek } from './task-peek.ts';
export { whyNotReady } from './why-not-ready.ts';
