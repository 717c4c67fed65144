import { ToolError } from '../tool.ts';
import {
  add,
  compare,
  divide,
  floor,
  isNegative,
  isZero,
  modulo,
  multiply,
  negate,
  requireInteger,
} from './arithmetic.ts';
import { factorial, greatestCommonDivisor, leastCommonMultiple } from './integers.ts';
import { cost, type WorkBudget } from './limits.ts';
import { exact, nonzero, Real, settled, toReal, undefinedResult, type Value } from './number.ts';
import { power, root } from './power.ts';
import { acos, asin, atan, cos, sin, tan } from './trigonometry.ts';

interface CalculatorFunction {
  readonly arity: readonly [min: number, max: number];
  run(args: readonly Value[], budget: WorkBudget): Value;
}

/** Exponentials beyond this are out of range whatever follows: e^23026 has 10,001 digits. */
const EXPONENT_MAX = new Real(23_100);
const ROUND_PLACES_MAX = 100n;

const one = (run: (x: Value, budget: WorkBudget) => Value): CalculatorFunction => ({
  arity: [1, 1],
  run: ([x], budget) => run(x!, budget),
});

const two = (run: (x: Value, y: Value, budget: WorkBudget) => Value): CalculatorFunction => ({
  arity: [2, 2],
  run: ([x, y], budget) => run(x!, y!, budget),
});

const folded = (
  run: (x: Value, y: Value, budget: WorkBudget) => Value,
  argumentsMin = 1,
): CalculatorFunction => ({
  arity: [argumentsMin, Number.POSITIVE_INFINITY],
  run: (args, budget) => args.reduce((x, y) => run(x, y, budget)),
});

export const FUNCTIONS: ReadonlyMap<string, CalculatorFunction> = new Map(
  Object.entries({
    sqrt: one((x, budget) => root(x, 2n, budget)),
    cbrt: one((x, budget) => root(x, 3n, budget)),
    abs: one((x) => x.abs()),
    round: { arity: [1, 2], run: ([x, places], budget) => round(x!, places ?? exact(0n), budget) },
    floor: one(floor),
    ceil: one((x) => negate(floor(negate(x)))),
    min: folded((x, y, budget) => (compare(x, y, budget) <= 0 ? x : y)),
    max: folded((x, y, budget) => (compare(x, y, budget) >= 0 ? x : y)),
    sum: folded(add),
    exp: one(exp),
    ln: one(ln),
    log: { arity: [1, 2], run: ([x, base], budget) => (base ? logarithm(x!, base, budget) : ln(x!, budget)) },
    log2: one((x, budget) => logarithm(x, exact(2n), budget)),
    log10: one((x, budget) => logarithm(x, exact(10n), budget)),
    sin: one(sin),
    cos: one(cos),
    tan: one(tan),
    asin: one(asin),
    acos: one(acos),
    atan: one(atan),
    pow: two(power),
    mod: two(modulo),
    gcd: folded(greatestCommonDivisor, 2),
    lcm: folded(leastCommonMultiple, 2),
    factorial: one(factorial),
  } satisfies Record<string, CalculatorFunction>),
);

/** @throws ToolError `invalid_argument` for too few or too many arguments */
export function callFunction(name: string, args: readonly Value[], budget: WorkBudget): Value {
  const { arity, run } = FUNCTIONS.get(name)!;
  const [min, max] = arity;
  if (args.length < min || args.length > max) {
    const expected =
      max === Number.POSITIVE_INFINITY ? `at least ${min}` : min === max ? `${min}` : `${min} or ${max}`;
    throw new ToolError(
      'invalid_argument',
      `${name} takes ${expected} ${expected === '1' ? 'argument' : 'arguments'}, but was given ${args.length}.`,
    );
  }
  return run(args, budget);
}

/** Halves are rounded away from zero. */
function round(x: Value, placesValue: Value, budget: WorkBudget): Value {
  const places = requireInteger(placesValue, 'The number of decimal places');
  if (places > ROUND_PLACES_MAX || places < -ROUND_PLACES_MAX) {
    throw new ToolError('invalid_argument', `round takes at most ${ROUND_PLACES_MAX} decimal places.`);
  }
  const scale = power(exact(10n), exact(places), budget);
  const scaled = multiply(x.abs(), scale, budget);
  const rounded = divide(floor(add(scaled, exact(1n, 2n), budget)), scale, budget);
  return isNegative(x) ? negate(rounded) : rounded;
}

function exp(x: Value, budget: WorkBudget): Value {
  if (isZero(x)) return exact(1n);
  budget.spend(2 * cost.transcendental);
  const exponent = Real.min(Real.max(toReal(x, budget), EXPONENT_MAX.neg()), EXPONENT_MAX);
  return settled(nonzero(exponent.exp()));
}

function ln(x: Value, budget: WorkBudget): Value {
  budget.spend(cost.transcendental);
  return settled(positive(x, budget).ln());
}

function logarithm(x: Value, base: Value, budget: WorkBudget): Value {
  budget.spend(2 * cost.transcendental);
  const divisor = positive(base, budget).ln();
  if (divisor.isZero()) throw undefinedResult('A logarithm to base 1 is not defined');
  return settled(positive(x, budget).ln().div(divisor));
}

function positive(x: Value, budget: WorkBudget): Real {
  if (isZero(x) || isNegative(x)) throw undefinedResult('The logarithm is defined for positive numbers only');
  return toReal(x, budget);
}
