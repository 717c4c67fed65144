import type { TaskStep, ToolCall } from '@millrace/contracts';
import { ModelError } from '../models/model.ts';
import { roundsOf, unansweredCalls } from './rounds.ts';

const EXCERPT_LENGTH_MAX = 500;

/** What to do next in a run. */
export type Move =
  | { readonly kind: 'ask_model' }
  | { readonly kind: 'call_tools'; readonly calls: readonly ToolCall[] }
  | { readonly kind: 'answer'; readonly output: string }
  | { readonly kind: 'fail'; readonly error: ModelError };

/**
 * Decides from the finished steps alone, so that a retry resumes where the last attempt stopped.
 *
 *     ask_model ──► call_tools ──► ask_model ──► … ──► answer, or fail
 */
export function nextMove(steps: readonly TaskStep[], turnsMax: number): Move {
  const rounds = roundsOf(steps);
  const last = rounds.at(-1);
  if (!last) return { kind: 'ask_model' };
  const error = failureOf(last.turn);
  if (error) return { kind: 'fail', error };
  if (last.turn.tool_calls.length === 0) return { kind: 'answer', output: last.turn.output };
  const calls = unansweredCalls(last);
  if (calls.length > 0) return { kind: 'call_tools', calls };
  if (rounds.length >= turnsMax) return { kind: 'fail', error: tooManyTurns(turnsMax) };
  return { kind: 'ask_model' };
}

/** A turn that ended, but not with an answer. It would end the same way again. */
function failureOf({ error, finish_reason, output }: TaskStep): ModelError | undefined {
  if (error) return new ModelError(error.code, `The model refused: ${error.message}`);
  if (finish_reason === 'length') {
    const remedy = 'Raise max_output_tokens, ask for less, or choose a model with a longer output.';
    return new ModelError(
      'output_truncated',
      `The model's answer was cut off at the maximum length. ${remedy}`,
    );
  }
  if (finish_reason === 'content_filter') {
    const said = output === '' ? '' : ` It had said: ${output.slice(0, EXCERPT_LENGTH_MAX).toWellFormed()}`;
    return new ModelError('content_filtered', `The provider's content filter stopped the answer.${said}`);
  }
  return undefined;
}

function tooManyTurns(turnsMax: number): ModelError {
  const message = `The model was still calling tools in turn ${turnsMax}, the last one that AGENT_TURNS_MAX permits.`;
  return new ModelError('turn_limit', message);
}
