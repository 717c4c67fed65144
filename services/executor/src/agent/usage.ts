import type { TaskStep, Usage } from '@millrace/contracts';
import type { ModelPrice } from '@millrace/runtime';

/** The part of a provider's report that is used here; servers omit what they do not count. */
export interface ReportedUsage {
  readonly prompt_tokens?: number | null;
  readonly completion_tokens?: number | null;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | null } | null;
}

const TOKENS_PER_PRICE = 1_000_000;
/** A hundred-millionth of a cent: far below any price, and within the precision of floats. */
const COST_DECIMALS = 10;

/** Whether a report counts any tokens. */
export function hasCounts({ prompt_tokens, completion_tokens }: ReportedUsage): boolean {
  return [prompt_tokens, completion_tokens].some((tokens) => typeof tokens === 'number' && tokens >= 0);
}

/** One turn, as the provider counted it. */
export function usageOf(reported: ReportedUsage, price: ModelPrice | null): Usage {
  const input = count(reported.prompt_tokens);
  const output = count(reported.completion_tokens);
  const cached = Math.min(count(reported.prompt_tokens_details?.cached_tokens), input);
  const cost = price && (input - cached) * price.input + cached * price.cachedInput + output * price.output;
  return {
    input_tokens: input,
    output_tokens: output,
    cached_tokens: cached,
    cost_usd: cost === null ? null : rounded(cost / TOKENS_PER_PRICE),
  };
}

/** The sum over all turns; null if none was counted, and without a cost if any turn has none. */
export function totalUsage(steps: readonly Pick<TaskStep, 'usage'>[]): Usage | null {
  return steps.reduce<Usage | null>(
    (total, { usage }) => (total && usage ? sum(total, usage) : (total ?? usage)),
    null,
  );
}

function sum(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cached_tokens: a.cached_tokens + b.cached_tokens,
    cost_usd: a.cost_usd === null || b.cost_usd === null ? null : rounded(a.cost_usd + b.cost_usd),
  };
}

function count(tokens: number | null | undefined): number {
  return Number.isSafeInteger(tokens) && tokens! > 0 ? tokens! : 0;
}

function rounded(dollars: number): number {
  return Number(dollars.toFixed(COST_DECIMALS));
}
