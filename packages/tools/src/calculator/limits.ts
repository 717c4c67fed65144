import { ToolError } from '../tool.ts';

export const EXPRESSION_CHARACTERS_MAX = 4_000;
/** Open parentheses inside one another. */
export const PARENTHESES_DEPTH_MAX = 64;
/** Numbers, operators and calls of one expression. */
export const NODES_MAX = 2_000;
/** Of an exact integer, or before the point of a fraction; rounded numbers lie between 10^-this and 10^this. */
export const INTEGER_DIGITS_MAX = 10_000;
/** Of the denominator of an exact fraction; beyond, the value continues rounded. */
export const DENOMINATOR_DIGITS_MAX = 500;

/**
 * Microseconds that one evaluation may take on a machine of 2026, by estimate. Every operation is charged before it
 * runs, so an expression's fate depends on what it says, never on how busy the machine is.
 */
const WORK_MICROSECONDS_MAX = 20_000;

export class WorkBudget {
  #remaining = WORK_MICROSECONDS_MAX;

  /** @throws ToolError `expression_too_complex` once the estimates add up to more than the budget */
  spend(microseconds: number): void {
    this.#remaining -= microseconds;
    if (this.#remaining < 0) {
      throw new ToolError(
        'expression_too_complex',
        'The expression takes too long to calculate: use smaller numbers or split it into several calls.',
      );
    }
  }
}

/** Estimated costs, in microseconds; the divisors were measured with operands of 1,000 and 10,000 digits. */
export const cost = {
  /** Reading one node of the tree. */
  node: 1,
  /** One sine, exponential, logarithm … at the working precision, before the just-in-time compiler has warmed up. */
  transcendental: 500,
  /** One inverse sine, cosine or tangent, as above. */
  inverseTrigonometric: 4_000,
  /** One square or cube root, as above. */
  root: 150,
  /** One sum, product or quotient at the working precision. */
  rounded: 5,
  multiply: (digitsA: number, digitsB: number) => 1 + (digitsA * digitsB) / 250_000,
  greatestCommonDivisor: (digitsA: number, digitsB: number) => 1 + (digitsA * digitsB) / 3_000,
  /** Between binary and decimal digits, either way. */
  convert: (digits: number) => 1 + (digits * digits) / 150_000,
} as const;

export function resultTooLarge(): ToolError {
  return new ToolError(
    'result_too_large',
    `The result, or a step towards it, has more than ${INTEGER_DIGITS_MAX} digits: use smaller numbers.`,
  );
}

export function resultTooSmall(): ToolError {
  return new ToolError(
    'result_too_small',
    `The result, or a step towards it, is smaller than 10^-${INTEGER_DIGITS_MAX}: use larger numbers.`,
  );
}
