import { Decimal } from 'decimal.js';
import Fraction from 'fraction.js';
import { ToolError } from '../tool.ts';
import {
  cost,
  DENOMINATOR_DIGITS_MAX,
  INTEGER_DIGITS_MAX,
  resultTooLarge,
  resultTooSmall,
  type WorkBudget,
} from './limits.ts';

/** Digits carried by rounded numbers; the answer shows half of them, so the error of a long chain stays unseen. */
export const WORKING_DIGITS = 40;

/**
 * A decimal number of {@link WORKING_DIGITS} digits. The range of exponents is that of results, doubled to
 * leave room for the two halves of a long fraction that is being rounded.
 */
export const Real = Decimal.clone({
  precision: WORKING_DIGITS,
  maxE: 2 * INTEGER_DIGITS_MAX,
  minE: -2 * INTEGER_DIGITS_MAX,
  rounding: Decimal.ROUND_HALF_EVEN,
});
export type Real = Decimal;

/** A number is an exact fraction as long as it can be, and a rounded decimal from the first irrational step on. */
export type Value = Fraction | Real;

/** Relative difference below which two rounded numbers are taken as equal: a few units above the rounding error. */
const TOLERANCE = new Real('1e-37');

export function isExact(value: Value): value is Fraction {
  return value instanceof Fraction;
}

/** An exact integer; `undefined` for anything else. */
export function integerOf(value: Value): bigint | undefined {
  return isExact(value) && value.d === 1n ? value.s * value.n : undefined;
}

export function exact(numerator: bigint, denominator = 1n): Fraction {
  return new Fraction(numerator, denominator);
}

/** Decimal digits of |n|, give or take one; linear in the size of `n`. */
export function digitCount(n: bigint): number {
  return n === 0n ? 1 : Math.floor(log10Magnitude(n)) + 1;
}

/** log10 of |n| to about 12 digits, for any size of `n` but 0. */
export function log10Magnitude(n: bigint): number {
  const magnitude = n < 0n ? -n : n;
  if (magnitude <= Number.MAX_SAFE_INTEGER) return Math.log10(Number(magnitude));
  const hex = magnitude.toString(16);
  return Math.log10(Number.parseInt(hex.slice(0, 13), 16)) + Math.max(0, hex.length - 13) * Math.log10(16);
}

/**
 * Closes an exact operation: a fraction with too long a denominator continues rounded.
 *
 * @throws ToolError `result_too_large` or `result_too_small`
 */
export function bounded(value: Fraction, budget: WorkBudget): Value {
  const denominatorDigits = value.d === 1n ? 0 : digitCount(value.d);
  if (digitCount(value.n) > INTEGER_DIGITS_MAX + denominatorDigits) throw resultTooLarge();
  return denominatorDigits > DENOMINATOR_DIGITS_MAX ? inRange(toReal(value, budget)) : value;
}

export function toReal(value: Value, budget: WorkBudget): Real {
  if (!isExact(value)) return value;
  budget.spend(cost.convert(digitCount(value.n)) + cost.convert(digitCount(value.d)) + cost.rounded);
  return leadingDigits(value.s * value.n).div(leadingDigits(value.d));
}

/** A few digits more than the working precision, so that a quotient of two is still good to the last digit. */
function leadingDigits(n: bigint): Real {
  return new Real(n.toString()).toSignificantDigits(WORKING_DIGITS + 5);
}

/**
 * Closes a rounded operation: refuses what has no finite value, and returns the integer that a result differs from by
 * rounding alone, so that log2(8) is exactly 3.
 */
export function settled(result: Real): Value {
  if (result.isZero()) return exact(0n);
  inRange(result);
  const nearest = result.round();
  // Beyond the working digits every number looks like an integer and none is known to be one.
  if (result.e >= WORKING_DIGITS - 4 || nearest.isZero()) return result;
  const isNearest = result.minus(nearest).abs().lte(nearest.abs().times(TOLERANCE));
  return isNearest ? exact(BigInt(nearest.toFixed(0))) : result;
}

/** Zero if `result` is no more than the rounding error of numbers of the given magnitude, as in sin(pi). */
export function withoutRoundingError(result: Real, magnitude: Real): Real {
  return result.abs().lte(magnitude.abs().times(TOLERANCE)) ? new Real(0) : result;
}

/** @throws ToolError for a result beyond the range of rounded numbers, or one that is no number */
function inRange(result: Real): Real {
  if (result.isNaN()) throw undefinedResult('The result is not a real number');
  if (!result.isFinite() || result.e >= INTEGER_DIGITS_MAX) throw resultTooLarge();
  if (result.e < -INTEGER_DIGITS_MAX) throw resultTooSmall();
  return result;
}

/** Passes on a result that is never truly zero: if it reads as zero, it has become too small. */
export function nonzero(result: Real): Real {
  if (result.isZero()) throw resultTooSmall();
  return result;
}

export function undefinedResult(sentence: string): ToolError {
  return new ToolError('undefined_result', `${sentence}.`);
}
