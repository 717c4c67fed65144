import { Type } from '@sinclair/typebox';
import { defineTool } from '../tool.ts';
import { evaluate } from './evaluate.ts';
import { formatValue } from './format.ts';
import { EXPRESSION_CHARACTERS_MAX, WorkBudget } from './limits.ts';
import { parseExpression } from './parse.ts';

/**
 * Calculates one expression: text → tree (`parse.ts`) → value (`evaluate.ts`) → text (`format.ts`).
 * Integers and fractions are exact; roots, logarithms and the like are rounded to 40 digits and shown with 20.
 *
 * @throws ToolError
 */
export function calculate(expression: string): string {
  const budget = new WorkBudget();
  return formatValue(evaluate(parseExpression(expression), budget), budget);
}

/** Only the four operations on a few digits: no power or function, whose results could be large. */
const SUM = /^(?!.*\*\*)[\d\s.+\-*/()]{1,64}$/s;

function isSum(expression: unknown): boolean {
  return typeof expression === 'string' && SUM.test(expression);
}

export const calculator = defineTool({
  name: 'calculator',
  description:
    'Calculates an arithmetic expression exactly where possible, e.g. "0.1+0.2" is "0.3", "2^200" has all its digits. ' +
    'Operators: + - * / ^ (power), ! (factorial), % (percent after a number, remainder between two), mod, parentheses. ' +
    'Functions: sqrt cbrt abs round(x, places) floor ceil min max sum exp ln log(x) (natural) log(x, base) log2 log10 ' +
    'sin cos tan asin acos atan (radians) pow mod gcd lcm factorial. Constants: pi e.',
  parameters: Type.Object(
    {
      expression: Type.String({
        description: `an expression such as "2*(3+4)", at most ${EXPRESSION_CHARACTERS_MAX} characters`,
      }),
    },
    { additionalProperties: false },
  ),
  synchronous: true,
  isQuick: (input) => isSum((input as { expression?: unknown } | null)?.expression),
  run: ({ expression }) => calculate(expression),
});
