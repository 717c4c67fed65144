import { expect, test } from 'bun:test';
import { ToolError } from '../tool.ts';
import { calculate } from './calculator.ts';

/**
 * In CPU time, so that a busy machine matters little. Ten times what the slowest takes on a quiet one; without
 * limits most of these would run for minutes, or forever.
 */
const PROCESSOR_MS_MAX = 500;

const times = (text: string, count: number) => text.repeat(count);
const nested = (open: string, depth: number) => `${times(open, depth)}2${times(')', depth)}`;

const attacks: Readonly<Record<string, string>> = {
  'tower of powers': '9^9^9^9',
  'tower of starred powers': '9**9**9**9',
  'tower of irrational powers': 'pi^pi^pi^pi^pi',
  'huge power': '10^(10^7)',
  'power beyond doubles': '2^(10^9999)',
  'tiny power': '2^-(10^9999)',
  'power of a fraction': '(3/7)^(10^9999)',
  'power of almost one': '(1+1e-39)^1e38',
  'fractional power of almost one': '(1+1e-39)^(1e38+0.5)',
  'huge factorial': 'factorial(1e9)',
  'factorial of a factorial': '(1000!)!',
  'many large factorials': `${times('3248!+', 600)}1`,
  'product of large factorials': `${times('3000!*', 600)}1`,
  'chain of multiplications': `${times('9*', 999)}9`,
  'chain of large sums': `${times('10^9998-', 400)}1`,
  'chain of powers': `${times('2^', 1999)}1`,
  'too many parentheses': nested('(', 1999),
  'most parentheses allowed': nested('(', 64),
  'many signs': `${times('-', 3999)}1`,
  'nested remainders': nested('1%(', 64),
  'many percents': `5${times('%', 3900)}`,
  'percents far from their operand': `${times('1% ', 1300)}1`,
  'many factorial marks': `5${times('!', 3900)}`,
  'nested roots': nested('sqrt(', 64),
  'nested sines': nested('sin(', 64),
  'nested exponentials': nested('exp(', 64),
  'many inverse cosines': `${times('acos(0.3)+', 390)}1`,
  'many rounded powers': `${times('1.23456^0.789+', 280)}1`,
  'many large square roots': `${times('sqrt(7^11000)+', 280)}1`,
  'many large twelfth roots': `${times('(7^11000)^(1/12)+', 200)}1`,
  'large common divisor': 'gcd(7^11000, 3^20000)',
  'many common divisors': `${times('gcd(7^5000, 3^8000)+', 190)}1`,
  'many common multiples': `${times('lcm(7^5000, 3^8000)+', 190)}1`,
  'many large remainders': `${times('3^20000 mod 7^5000+', 190)}1`,
  'many large quotients': `${times('7^5000/3^8000+', 250)}1`,
  'many long fractions': Array.from({ length: 290 }, (_, i) => `1/(10^480-${i})`)
    .join('+')
    .slice(0, 3_990),
  'many comparisons of long numbers': `max(${times('1e9999, ', 440)}1)`,
  'long literal': times('9', 4_000),
  'product of long literals': `${times('9', 1_999)}*${times('9', 2_000)}`,
  'huge exponent of a literal': '1e99999999999999999999',
  'tiny exponent of a literal': '1e-99999999999999999999',
  'many wide literals': `${times('1e9998+', 500)}1`,
  'many narrow literals': `${times('1e-9999+', 440)}1`,
  'cosine of almost nothing': 'cos(1e-9999)',
  'arc tangent of almost nothing': 'atan(1e-9999)',
  'sine of a huge angle': 'sin(1e9999)',
  'arc cosine of almost one': 'acos(1-1e-39)',
  'logarithm to almost base 1': 'log(1e9999, 1+1e-39)',
  'remainder of a huge irrational': 'mod(1e9000*pi, 3)',
  'many commas': `max(${times(',', 3_900)})`,
  'many points': times('.', 4_000),
  'many spaces': times(' ', 4_000),
  'many side by side': times('(1)', 1_300),
  'long name': times('a', 4_000),
  'too long': times('1+', 1_000_000),
};

test.each(Object.entries(attacks))('%s ends soon', (_, expression) => {
  const before = process.cpuUsage();
  try {
    expect(calculate(expression)).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?$/);
  } catch (error) {
    expect(error).toBeInstanceOf(ToolError);
  }
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(PROCESSOR_MS_MAX);
});

test("a refusal does not depend on the machine's load: the same expression always ends the same way", () => {
  const outcomes = new Set<string>();
  for (let round = 0; round < 20; round++) {
    try {
      outcomes.add(calculate(`${times('sin(2)+', 40)}1`));
    } catch (error) {
      outcomes.add((error as ToolError).code);
    }
  }
  expect(outcomes.size).toBe(1);
});

test('an expression may have up to 2,000 numbers and operators', () => {
  expect(calculate(`${times('1+', 998)}1+-1`)).toBe('998');
  expect(() => calculate(`${times('1+', 1_000)}1`)).toThrow('more than 2000 numbers and operators');
});

test('ordinary work stays far below the limits', () => {
  expect(calculate(`${times('1+', 999)}1`)).toBe('1000');
  expect(calculate(`sum(${times('sqrt(2), ', 50)}0)/50-sqrt(2)`)).toBe('0');
  expect(calculate(`${times('sin(2)+', 30)}0`)).toStartWith('27.27892280');
  expect(calculate('3248!/3247!')).toBe('3248');
});
