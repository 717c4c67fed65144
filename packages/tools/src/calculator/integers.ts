import { requireInteger } from './arithmetic.ts';
import { cost, INTEGER_DIGITS_MAX, resultTooLarge, type WorkBudget } from './limits.ts';
import { bounded, digitCount, exact, undefinedResult, type Value } from './number.ts';

export function factorial(value: Value, budget: WorkBudget): Value {
  const n = requireInteger(value, 'The number before "!" (or in factorial)');
  if (n < 0n) throw undefinedResult('The factorial of a negative number is not defined');
  const digits = factorialDigits(Number(n));
  if (digits > INTEGER_DIGITS_MAX) throw resultTooLarge();
  // Each step multiplies all digits so far by one word.
  budget.spend(5 + (Number(n) * digits) / 10_000);
  let product = 1n;
  for (let factor = 2n; factor <= n; factor++) product *= factor;
  return exact(product);
}

/** Stirling's formula, good to a digit. */
function factorialDigits(n: number): number {
  return n < 2 ? 1 : n * Math.log10(n / Math.E) + Math.log10(2 * Math.PI * n) / 2;
}

export function greatestCommonDivisor(a: Value, b: Value, budget: WorkBudget): Value {
  return exact(
    gcd(requireInteger(a, 'Every argument of gcd'), requireInteger(b, 'Every argument of gcd'), budget),
  );
}

export function leastCommonMultiple(a: Value, b: Value, budget: WorkBudget): Value {
  const left = requireInteger(a, 'Every argument of lcm');
  const right = requireInteger(b, 'Every argument of lcm');
  if (left === 0n || right === 0n) return exact(0n);
  const product = (left / gcd(left, right, budget)) * right;
  return bounded(exact(product < 0n ? -product : product), budget);
}

function gcd(a: bigint, b: bigint, budget: WorkBudget): bigint {
  budget.spend(cost.greatestCommonDivisor(digitCount(a), digitCount(b)));
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger < 0n ? -larger : larger;
}
