/** Steps and tasks for tests, with the irrelevant fields filled in. */
import type { TaskStep, ToolCall } from '@millrace/contracts';
import type { ClaimedTask } from '@millrace/db';

const SHARED = {
  attempt: 1,
  arguments: {},
  tool_calls: [],
  tool_call_id: null,
  error: null,
  finish_reason: null,
  usage: null,
  started_at: '2026-11-24T00:00:00.000Z',
  ended_at: '2026-11-24T00:00:01.000Z',
};

export function turn(seq: number, output: string, fields: Partial<TaskStep> = {}): TaskStep {
  return { ...SHARED, seq, kind: 'model', name: 'gpt', output, finish_reason: 'stop', ...fields };
}

/** A turn that calls tools, given the ids of the calls. */
export function callingTurn(seq: number, ...ids: string[]): TaskStep {
  return turn(seq, '', { finish_reason: 'tool_calls', tool_calls: ids.map((id) => toolCall(id)) });
}

export function toolCall(id: string, args = '{"expression":"1+1"}'): ToolCall {
  return { id, name: 'calculator', arguments: args };
}

export function answer(seq: number, id: string, output = '2'): TaskStep {
  return { ...SHARED, seq, kind: 'tool', name: 'calculator', output, tool_call_id: id };
}

export function claimedTask(fields: Partial<ClaimedTask> = {}): ClaimedTask {
  return {
    id: Bun.randomUUIDv7(),
    prompt: 'calculate 6*7',
    model: 'gpt',
    priority: 5,
    attempts: 1,
    max_attempts: 3,
    timeout_ms: 60_000,
    earlier_attempts: 0,
    system: null,
    tools: null,
    temperature: null,
    max_output_tokens: null,
    response_format: null,
    last_chance: false,
    taken_over: false,
    waited_ms: 0,
    age_ms: 0,
    ...fields,
  };
}
