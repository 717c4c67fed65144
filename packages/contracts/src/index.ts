export { ATTEMPT_OUTCOMES, Attempt, AttemptList, type AttemptOutcome } from './attempt.ts';
export { excerpt } from './error-message.ts';
export { describeArgumentErrors, fieldErrors, parameterErrors } from './field-errors.ts';
export { Id, registerFormats, Timestamp } from './formats.ts';
export { DependencyHealth, Readiness } from './health.ts';
export { HistoryQuery } from './history-query.ts';
export { LANES, type Lane, laneOf } from './lane.ts';
export { type LiveEvent, OutputDelta, PartialOutput, StatusChange, TaskSnapshot } from './live-events.ts';
export type { Logger } from './logger.ts';
export { MODEL_PROVIDERS, ModelInfo, ModelList, type ModelProvider } from './model.ts';
export { MODEL_PARAMETERS } from './model-parameters.ts';
export { Nullable } from './nullable.ts';
export { FieldError, PROBLEMS, Problem, type ProblemCode } from './problem.ts';
export { Stats } from './stats.ts';
export {
  DeltaEvent,
  FailedTask,
  StatusEvent,
  type TaskEvent,
  TaskEventMessage,
  type TaskStatusChange,
  TasksReady,
  UnreadableMessage,
} from './stream-messages.ts';
export { StrictObject } from './strict-object.ts';
export { submissionErrors } from './submission-rules.ts';
export {
  isFinished,
  Metadata,
  ResultStep,
  TASK_STATUSES,
  Task,
  TaskError,
  TaskResult,
  TaskStatus,
} from './task.ts';
export { TaskBatchAnswer, TaskBatchCreate, TaskBatchEnvelope, TaskBatchOutcome } from './task-batch.ts';
export { PROMPT_LENGTH_MAX, TASK_DEFAULTS, TaskCreate } from './task-create.ts';
export { TaskListQuery, TaskPage } from './task-list.ts';
export { TASK_WAIT_SECONDS_MAX, TaskQuery } from './task-query.ts';
export { TASK_RETRY_DEFAULTS, TaskRetryAnswer, TaskRetryFilter } from './task-retry.ts';
export { TaskStep, TaskStepList, ToolCall } from './task-step.ts';
export { Text } from './text.ts';
export { Usage } from './usage.ts';
