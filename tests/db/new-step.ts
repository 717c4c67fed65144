import type { NewStep } from '@millrace/db';

/** A finished model turn, or with `tool_call_id` the tool call that it requested. */
export function newStep(seq: number, fields: Partial<NewStep> = {}): NewStep {
  const turn = {
    kind: 'model' as const,
    name: 'gpt',
    arguments: {},
    output: `turn ${seq}`,
    tool_calls: [{ id: `call-${seq}`, name: 'calculator', arguments: '{"expression":"1+1"}' }],
    tool_call_id: null,
    error: null,
    finish_reason: 'tool_calls',
    usage: { input_tokens: 20, output_tokens: 5, cached_tokens: 10, cost_usd: 0.000_01 },
    duration_ms: 40,
  };
  const call = {
    ...turn,
    kind: 'tool' as const,
    name: 'calculator',
    arguments: { expression: '1+1' },
    output: '2',
    tool_calls: [],
    finish_reason: null,
    usage: null,
  };
  return { ...(fields.tool_call_id ? call : turn), seq, ...fields };
}
