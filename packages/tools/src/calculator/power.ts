import type Fraction from 'fraction.js';
import { assertDivisor, isNegative, isZero } from './arithmetic.ts';
import {
  cost,
  DENOMINATOR_DIGITS_MAX,
  INTEGER_DIGITS_MAX,
  resultTooLarge,
  type WorkBudget,
} from './limits.ts';
import {
  bounded,
  digitCount,
  exact,
  integerOf,
  isExact,
  log10Magnitude,
  nonzero,
  settled,
  toReal,
  undefinedResult,
  type Value,
} from './number.ts';

/** Roots up to this degree are tried exactly; higher ones are rounded. */
const EXACT_ROOT_DEGREE_MAX = 12n;

/** Exact for integer exponents and for perfect roots, as far as the result's size allows; else rounded. */
export function power(base: Value, exponent: Value, budget: WorkBudget): Value {
  if (isZero(base)) return powerOfZero(exponent);
  if (isExact(base) && isExact(exponent)) {
    const result = exactPower(base, exponent, budget);
    if (result !== undefined) return result;
  }
  if (isNegative(base) && integerOf(exponent) === undefined) {
    throw undefinedResult(
      'A negative number to a fractional power is not a real number (for a cube root use cbrt)',
    );
  }
  budget.spend(3 * cost.transcendental);
  return settled(nonzero(toReal(base, budget).pow(toReal(exponent, budget))));
}

/** @param degree of the root, at least 2 */
export function root(value: Value, degree: bigint, budget: WorkBudget): Value {
  if (isNegative(value) && degree % 2n === 0n) {
    throw undefinedResult('The even root of a negative number is not a real number');
  }
  if (isExact(value)) {
    const result = exactRoot(value, degree, budget);
    if (result !== undefined) return result;
  }
  budget.spend(cost.root);
  const real = toReal(value, budget);
  return settled(degree === 2n ? real.sqrt() : real.cbrt());
}

function powerOfZero(exponent: Value): Value {
  if (isZero(exponent)) return exact(1n);
  if (isNegative(exponent)) assertDivisor(exact(0n));
  return exact(0n);
}

function exactPower(base: Fraction, exponent: Fraction, budget: WorkBudget): Value | undefined {
  if (exponent.d === 1n) return integerPower(base, exponent.s * exponent.n, budget);
  if (exponent.d > EXACT_ROOT_DEGREE_MAX || base.s < 0n) return undefined;
  const rooted = exactRoot(base, exponent.d, budget);
  return rooted && integerPower(rooted, exponent.s * exponent.n, budget);
}

/** `undefined` when the result is a fraction too long to be kept exact. */
function integerPower(base: Fraction, exponent: bigint, budget: WorkBudget): Value | undefined {
  if (base.n === base.d) return base.s < 0n && exponent % 2n === 0n ? base.neg() : base;
  const times = exponent < 0n ? -exponent : exponent;
  // Known before anything is multiplied out: 9^9^9 would fill the memory.
  const digits = Number(times) * Math.max(log10Magnitude(base.n), log10Magnitude(base.d));
  const isWhole = exponent < 0n ? base.n === 1n : base.d === 1n;
  if (isWhole && digits > INTEGER_DIGITS_MAX) throw resultTooLarge();
  if (!isWhole && digits > DENOMINATOR_DIGITS_MAX) return undefined;
  budget.spend(
    cost.multiply(digits, digits) * 2 + (isWhole ? 0 : cost.greatestCommonDivisor(digits, digits)),
  );
  return bounded(base.pow(exact(exponent)), budget);
}

function exactRoot(value: Fraction, degree: bigint, budget: WorkBudget): Fraction | undefined {
  const numerator = perfectRoot(value.n, degree, budget);
  if (numerator === undefined) return undefined;
  const denominator = perfectRoot(value.d, degree, budget);
  return denominator === undefined ? undefined : exact(value.s * numerator, denominator);
}

/** The integer whose `degree`-th power is `n`, by Newton's method from above; `undefined` if there is none. */
function perfectRoot(n: bigint, degree: bigint, budget: WorkBudget): bigint | undefined {
  if (n < 2n) return n;
  const digits = digitCount(n);
  let estimate = rootFromAbove(n, degree);
  for (;;) {
    budget.spend(2 * cost.multiply(digits, digits));
    const next = ((degree - 1n) * estimate + n / estimate ** (degree - 1n)) / degree;
    if (next >= estimate) break;
    estimate = next;
  }
  return estimate ** degree === n ? estimate : undefined;
}

/** No smaller than the root, and larger by less than a millionth or by one. */
function rootFromAbove(n: bigint, degree: bigint): bigint {
  const bits = (log10Magnitude(n) * Math.log2(10)) / Number(degree);
  const shift = Math.max(0, Math.floor(bits) - 48);
  return (BigInt(Math.ceil(2 ** (bits - shift) * (1 + 1e-8))) + 1n) << BigInt(shift);
}
