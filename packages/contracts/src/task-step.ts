import { type Static, Type } from '@sinclair/typebox';
import { Id, Timestamp } from './formats.ts';
import { Nullable } from './nullable.ts';
import { StrictObject } from './strict-object.ts';
import { StringEnum } from './string-enum.ts';
import { Usage } from './usage.ts';

/** A call that a model asked for; its arguments as the model wrote them, which may not even be JSON. */
export const ToolCall = StrictObject({ id: Type.String(), name: Type.String(), arguments: Type.String() });
export type ToolCall = Static<typeof ToolCall>;

/** A finished turn of a model or call of a tool: what a retry resumes from, and what people read to see how a task went. */
export const TaskStep = StrictObject({
  seq: Type.Integer({ minimum: 1, description: 'Continues through retries and replays' }),
  attempt: Type.Integer({ minimum: 1, description: 'The attempt that made it' }),
  kind: StringEnum(['model', 'tool']),
  name: Type.String({ description: 'The model or tool that was called' }),
  arguments: Type.Record(Type.String(), Type.Unknown(), { description: 'Of a tool; empty for a model' }),
  output: Type.String({ description: 'The text that came back' }),
  tool_calls: Type.Array(ToolCall, { description: 'What the model asked for in this turn' }),
  tool_call_id: Nullable(Type.String({ description: 'Which of them this tool call answers' })),
  error: Nullable(
    StrictObject(
      { code: Type.String(), message: Type.String() },
      { description: 'Why the tool refused, in the words the model was given; or why the model did' },
    ),
  ),
  finish_reason: Nullable(Type.String({ description: "Why the model's turn ended, in its provider's word" })),
  usage: Nullable(Usage),
  started_at: Timestamp,
  ended_at: Timestamp,
});
export type TaskStep = Static<typeof TaskStep>;

export const TaskStepList = StrictObject({
  task_id: Id,
  steps: Type.Array(TaskStep, { description: 'Oldest first' }),
  next_cursor: Nullable(Type.String({ description: 'Null on the last page, and only there' })),
});
export type TaskStepList = Static<typeof TaskStepList>;
