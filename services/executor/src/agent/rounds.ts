import type { TaskStep, ToolCall } from '@millrace/contracts';

/** A turn of the model, and the answers to its tool calls so far. */
export interface Round {
  readonly turn: TaskStep;
  /** Keyed by call id. */
  readonly answers: ReadonlyMap<string, TaskStep>;
}

/** Groups the steps of a run into rounds, oldest first. Concurrent calls may have been answered in any order. */
export function roundsOf(steps: readonly TaskStep[]): Round[] {
  const rounds: { turn: TaskStep; answers: Map<string, TaskStep> }[] = [];
  for (const step of steps) {
    if (step.kind === 'model') rounds.push({ turn: step, answers: new Map() });
    else if (step.tool_call_id !== null) rounds.at(-1)?.answers.set(step.tool_call_id, step);
  }
  return rounds;
}

export function unansweredCalls({ turn, answers }: Round): ToolCall[] {
  return turn.tool_calls.filter(({ id }) => !answers.has(id));
}
