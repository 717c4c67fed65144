import type { AttemptList, TaskStepList } from '@millrace/contracts';
import { completedTask, submittedTask } from './examples.ts';

export const attemptList: AttemptList = {
  task_id: submittedTask.id,
  attempts: [
    {
      attempt: 1,
      status: 'LOST',
      executor: 'executor-1',
      started_at: '2026-11-23T08:30:00.008Z',
      ended_at: '2026-11-23T08:30:15.031Z',
      error: {
        code: 'executor_lost',
        message: 'The executor died or stopped renewing its lease while it ran this attempt.',
        retryable: true,
      },
      result: null,
    },
    {
      attempt: 2,
      status: 'COMPLETED',
      executor: 'executor-2',
      started_at: '2026-11-23T08:30:15.031Z',
      ended_at: '2026-11-23T08:30:15.036Z',
      error: null,
      result: completedTask.result,
    },
  ],
  next_cursor: null,
};

const calculation = {
  id: 'call_7Hq2',
  name: 'calculator',
  arguments: '{"expression":"1250*0.19"}',
};

export const stepList: TaskStepList = {
  task_id: submittedTask.id,
  steps: [
    {
      seq: 1,
      attempt: 1,
      kind: 'model',
      name: 'gpt-4.1-mini',
      arguments: {},
      output: '',
      tool_calls: [calculation],
      tool_call_id: null,
      error: null,
      finish_reason: 'tool_calls',
      usage: { input_tokens: 212, output_tokens: 18, cached_tokens: 0, cost_usd: 0.0001136 },
      started_at: '2026-11-23T08:30:00.012Z',
      ended_at: '2026-11-23T08:30:00.871Z',
    },
    {
      seq: 2,
      attempt: 1,
      kind: 'tool',
      name: 'calculator',
      arguments: { expression: '1250*0.19' },
      output: '237.5',
      tool_calls: [],
      tool_call_id: calculation.id,
      error: null,
      finish_reason: null,
      usage: null,
      started_at: '2026-11-23T08:30:00.874Z',
      ended_at: '2026-11-23T08:30:00.876Z',
    },
  ],
  next_cursor: null,
};
