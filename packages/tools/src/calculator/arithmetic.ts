import Fraction from 'fraction.js';
import { ToolError } from '../tool.ts';
import { cost, type WorkBudget } from './limits.ts';
import {
  bounded,
  digitCount,
  exact,
  integerOf,
  isExact,
  nonzero,
  Real,
  settled,
  toReal,
  undefinedResult,
  type Value,
  WORKING_DIGITS,
  withoutRoundingError,
} from './number.ts';

export function negate(value: Value): Value {
  return value.neg();
}

export function add(a: Value, b: Value, budget: WorkBudget): Value {
  if (isExact(a) && isExact(b)) {
    budget.spend(exactCost(a, b));
    return bounded(a.add(b), budget);
  }
  const [left, right] = toReals(a, b, budget);
  return settled(withoutRoundingError(left.plus(right), Real.max(left.abs(), right.abs())));
}

export function subtract(a: Value, b: Value, budget: WorkBudget): Value {
  return add(a, negate(b), budget);
}

export function multiply(a: Value, b: Value, budget: WorkBudget): Value {
  if (isExact(a) && isExact(b)) {
    budget.spend(exactCost(a, b));
    return bounded(a.mul(b), budget);
  }
  if (isZero(a) || isZero(b)) return new Fraction(0);
  const [left, right] = toReals(a, b, budget);
  return settled(nonzero(left.times(right)));
}

export function divide(a: Value, b: Value, budget: WorkBudget): Value {
  assertDivisor(b);
  if (isExact(a) && isExact(b)) {
    budget.spend(exactCost(a, b));
    const [dividend, divisor] = [integerOf(a), integerOf(b)];
    if (dividend !== undefined && divisor !== undefined && dividend % divisor === 0n) {
      return exact(dividend / divisor);
    }
    // What is left is a fraction to be reduced.
    budget.spend(cost.greatestCommonDivisor(size(a), size(b)));
    return bounded(a.div(b), budget);
  }
  if (isZero(a)) return new Fraction(0);
  const [left, right] = toReals(a, b, budget);
  return settled(nonzero(left.div(right)));
}

/** a - b·floor(a/b): the remainder has the sign of the divisor, so -7 mod 3 is 2. */
export function modulo(a: Value, b: Value, budget: WorkBudget): Value {
  assertDivisor(b);
  if (isExact(a) && isExact(b)) {
    budget.spend(exactCost(a, b));
    const remainder = a.mod(b);
    return remainder.n !== 0n && remainder.s !== b.s ? remainder.add(b) : remainder;
  }
  const quotient = floor(divide(a, b, budget));
  if (!isExact(quotient) || digitCount(quotient.n) > WORKING_DIGITS / 2) {
    throw undefinedResult('The remainder of so large a rounded number is not known');
  }
  return subtract(a, multiply(b, quotient, budget), budget);
}

export function floor(value: Value): Value {
  return isExact(value) ? value.floor() : settled(value.floor());
}

/** Exact where both are; else by their rounded values. */
export function compare(a: Value, b: Value, budget: WorkBudget): number {
  if (isExact(a) && isExact(b)) {
    budget.spend(exactCost(a, b));
    return a.compare(b);
  }
  const [left, right] = toReals(a, b, budget);
  return left.cmp(right);
}

export function isZero(value: Value): boolean {
  return isExact(value) ? value.n === 0n : value.isZero();
}

export function isNegative(value: Value): boolean {
  return isExact(value) ? value.s < 0n : value.isNegative();
}

/** @throws ToolError `invalid_argument` when `value` is not an exact integer */
export function requireInteger(value: Value, subject: string): bigint {
  const integer = integerOf(value);
  if (integer !== undefined) return integer;
  throw new ToolError('invalid_argument', `${subject} must be a whole number.`);
}

export function assertDivisor(divisor: Value): void {
  if (isZero(divisor)) {
    throw new ToolError('division_by_zero', 'Division by zero is not defined: give a divisor other than 0.');
  }
}

function toReals(a: Value, b: Value, budget: WorkBudget): [Real, Real] {
  budget.spend(cost.rounded);
  return [toReal(a, budget), toReal(b, budget)];
}

function size(value: Fraction): number {
  return digitCount(value.n) + (value.d === 1n ? 0 : digitCount(value.d));
}

/** Products of numerators and denominators, and the reduction of the fraction they make. */
function exactCost(a: Fraction, b: Fraction): number {
  const sizes: [number, number] = [size(a), size(b)];
  const products = cost.multiply(...sizes) + (sizes[0] + sizes[1]) / 200;
  return a.d === 1n && b.d === 1n ? products : products + cost.greatestCommonDivisor(...sizes);
}
