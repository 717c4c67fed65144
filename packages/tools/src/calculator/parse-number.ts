import { cost, INTEGER_DIGITS_MAX, resultTooLarge, type WorkBudget } from './limits.ts';
import { bounded, exact, type Value } from './number.ts';
import { invalid } from './refusals.ts';

const NUMBER = /^(\d*)\.?(\d*)(?:e([+-]?\d+))?$/;

/**
 * Reads a decimal literal such as `12`, `.5` or `1.5e-3` exactly.
 *
 * @throws ToolError `result_too_large` or `invalid_expression`
 */
export function parseNumber(literal: string, budget: WorkBudget): Value {
  const [, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(literal)!;
  const scale = Number(exponent) - fraction.length;
  if (scale > INTEGER_DIGITS_MAX) throw resultTooLarge();
  if (scale < -INTEGER_DIGITS_MAX) {
    throw invalid(`holds a number below 10^-${INTEGER_DIGITS_MAX}`);
  }
  budget.spend(cost.convert(whole.length + fraction.length + Math.abs(scale)));
  const significand = BigInt(whole + fraction || '0');
  if (scale === 0) return bounded(exact(significand), budget);
  if (scale > 0) return bounded(exact(significand * 10n ** BigInt(scale)), budget);
  budget.spend(cost.greatestCommonDivisor(whole.length + fraction.length, -scale));
  return bounded(exact(significand, 10n ** BigInt(-scale)), budget);
}
