import { describe, expect, test } from 'bun:test';
import { totalUsage, usageOf } from './usage.ts';

const price = { input: 2, cachedInput: 0.5, output: 8 };

describe('usage', () => {
  test('costs what its tokens cost, with cached ones cheaper', () => {
    const reported = {
      prompt_tokens: 1_000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 400 },
    };
    expect(usageOf(reported, price)).toEqual({
      input_tokens: 1_000,
      output_tokens: 100,
      cached_tokens: 400,
      cost_usd: 0.0022,
    });
  });

  test('has no cost without a price', () => {
    expect(usageOf({ prompt_tokens: 1 }, null)).toMatchObject({
      input_tokens: 1,
      output_tokens: 0,
      cost_usd: null,
    });
  });

  test('is always sane, whatever a server reports', () => {
    const odd = { prompt_tokens: -5, completion_tokens: null, prompt_tokens_details: { cached_tokens: 7.5 } };
    expect(usageOf(odd, price)).toEqual({ input_tokens: 0, output_tokens: 0, cached_tokens: 0, cost_usd: 0 });
    expect(
      usageOf({ prompt_tokens: 5, prompt_tokens_details: { cached_tokens: 9 } }, price).cached_tokens,
    ).toBe(5);
  });

  test('adds up over the counted steps, without floating-point noise', () => {
    const turn = usageOf(
      { prompt_tokens: 100_000, completion_tokens: 10_000 },
      { input: 0.1, cachedInput: 0.1, output: 0.2 },
    );
    const total = totalUsage([
      { usage: null },
      ...Array.from({ length: 3 }, () => ({ usage: turn })),
      { usage: null },
    ]);
    expect(total).toEqual({
      input_tokens: 300_000,
      output_tokens: 30_000,
      cached_tokens: 0,
      cost_usd: 0.036,
    });
  });

  test('is null if nothing was counted, and has no cost if a part has none', () => {
    expect(totalUsage([])).toBeNull();
    expect(totalUsage([{ usage: null }])).toBeNull();
    const parts = [price, null].map((each) => ({ usage: usageOf({ prompt_tokens: 10 }, each) }));
    expect(totalUsage(parts)).toMatchObject({ input_tokens: 20, cost_usd: null });
  });
});
