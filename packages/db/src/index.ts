export { type ApiKey, hashApiKey, looksLikeApiKey } from './api-keys/api-key.ts';
export { createApiKey, type NewApiKey } from './api-keys/create-api-key.ts';
export { findApiKeys, type UsableApiKey } from './api-keys/find-api-keys.ts';
export { listApiKeys } from './api-keys/list-api-keys.ts';
export { revokeApiKeys } from './api-keys/revoke-api-keys.ts';
export { checkpoint, type NewStep } from './attempts/checkpoint.ts';
export { complete } from './attempts/complete.ts';
export { fail } from './attempts/fail.ts';
export type { Attempt } from './attempts/fence.ts';
export { findHeld } from './attempts/find-held.ts';
export { findOutcome } from './attempts/find-outcome.ts';
export { endModelCall, startModelCall } from './attempts/model-calls.ts';
export { release, tryRelease } from './attempts/release.ts';
export { type Renewal, renew } from './attempts/renew.ts';
export { type Caller, UNRESTRICTED } from './caller.ts';
export { claim } from './claiming/claim.ts';
export { claimDue } from './claiming/claim-due.ts';
export { claimLastChance } from './claiming/claim-last-chance.ts';
export type { ClaimedTask } from './claiming/claimed-task.ts';
export { DueHorizon } from './claiming/due-horizon.ts';
export { EXECUTOR_LOST } from './claiming/lost-tasks.ts';
export type { DueTasks } from './claiming/take-due.ts';
export { type Database, openDatabase } from './connection/database.ts';
export {
  isDatabaseUnavailable,
  isInvalidData,
  isPermissionDenied,
  isSchemaMissing,
} from './connection/errors.ts';
export type { DatabaseObserver } from './connection/observer.ts';
export { ping } from './connection/ping.ts';
export { cancel } from './control/cancel.ts';
export { listenForCancellations } from './control/listen-for-cancellations.ts';
export { replay } from './control/replay.ts';
export { replayTask } from './control/replay-task.ts';
export { listAttempts } from './history/list-attempts.ts';
export { listSteps, loadSteps } from './history/list-steps.ts';
export { type OutlineEntry, outlineHistory } from './history/outline-history.ts';
export {
  type AttemptOver,
  readTimeline,
  type Timeline,
  type TimelineInput,
} from './history/read-timeline.ts';
export {
  type AwaitedSchema,
  awaitSchema,
  requireSchema,
} from './migration/await-schema.ts';
export { migrate } from './migration/migrate.ts';
export { whyNotReady } from './migration/why-not-ready.ts';
export { countFailures, type FailureGroup } from './reading/count-failures.ts';
export { findFinished } from './reading/find-finished.ts';
export { findTaskIds } from './reading/find-task-ids.ts';
export { getQueue, type Queue } from './reading/get-queue.ts';
export { getStats } from './reading/get-stats.ts';
export { getTask } from './reading/get-task.ts';
export { listTasks } from './reading/list-tasks.ts';
export { peekTask, type TaskCloseUp } from './reading/peek-task.ts';
export { peekTasks, type TaskPeek, type TaskPeekPage } from './reading/peek-tasks.ts';
export { type OutputChunk, readOutput } from './reading/read-output.ts';
export { readStates, type StateInput, type TaskState } from './reading/read-states.ts';
export { giveLogin, SERVICE_ROLES, type ServiceRole } from './roles/login.ts';
export { checkReading, isRoleRefused, READER_ROLE, readOnlyUrl } from './roles/reader-role.ts';
export type { NewTask } from './submission/insert-tasks.ts';
export { newTask, newTaskId } from './submission/new-task.ts';
export { requestHash } from './submission/request-hash.ts';
export { submit } from './submission/submit.ts';
export { submitAll, submitFitting } from './submission/submit-all.ts';
export { submitBatchOnce } from './submission/submit-batch-once.ts';
export { submitFor } from './submission/submit-for.ts';
export { submitOnce } from './submission/submit-once.ts';
export { deleteExpiredKeys, deleteFinished } from './upkeep/delete-finished.ts';
export { findMissing } from './upkeep/find-missing.ts';
export { foldFinishedCounts } from './upkeep/fold-finished-counts.ts';
