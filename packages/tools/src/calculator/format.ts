import type Fraction from 'fraction.js';
import { cost, type WorkBudget } from './limits.ts';
import { digitCount, integerOf, isExact, type Real, toReal, type Value } from './number.ts';

/** Digits shown of a number that has no end, or is not known to more. */
const SIGNIFICANT_DIGITS = 20;
/** Places kept where the digits before the point alone use those up. */
const PLACES_MIN = 4;
/** A finite decimal fraction is written out whole up to this many places. */
const EXACT_PLACES_MAX = 60;
/** A rounded number is written without an exponent while its digits before the point number no more than this. */
const PLAIN_INTEGER_DIGITS_MAX = 34;
/** … and the zeros after the point, of a number below 1, no more than this. */
const PLAIN_LEADING_ZEROS_MAX = 10;

/**
 * One canonical decimal form: integers with all their digits and no point, finite decimals as they are, everything else
 * rounded to 20 significant digits (more where the digits before the point need them); no trailing zeros, no -0.
 */
export function formatValue(value: Value, budget: WorkBudget): string {
  const integer = integerOf(value);
  if (integer !== undefined) {
    budget.spend(cost.convert(digitCount(integer)));
    return integer.toString();
  }
  const finite = isExact(value) ? formatFiniteDecimal(value, budget) : undefined;
  return finite ?? formatRounded(toReal(value, budget));
}

function formatFiniteDecimal(value: Fraction, budget: WorkBudget): string | undefined {
  budget.spend(cost.convert(digitCount(value.n) + EXACT_PLACES_MAX));
  const scaled = value.n * 10n ** BigInt(EXACT_PLACES_MAX);
  if (scaled % value.d !== 0n) return undefined;
  const digits = (scaled / value.d).toString().padStart(EXACT_PLACES_MAX + 1, '0');
  const whole = digits.slice(0, -EXACT_PLACES_MAX);
  const places = digits.slice(-EXACT_PLACES_MAX).replace(/0+$/, '');
  return `${value.s < 0n ? '-' : ''}${whole}.${places}`;
}

function formatRounded(value: Real): string {
  const integerDigits = value.e + 1;
  if (integerDigits > PLAIN_INTEGER_DIGITS_MAX || integerDigits < -PLAIN_LEADING_ZEROS_MAX) {
    return value.toSignificantDigits(SIGNIFICANT_DIGITS).toExponential();
  }
  return value.toSignificantDigits(Math.max(SIGNIFICANT_DIGITS, integerDigits + PLACES_MIN)).toFixed();
}
