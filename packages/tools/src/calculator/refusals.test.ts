import { describe, expect, test } from 'bun:test';
import { ToolError } from '../tool.ts';
import { calculate } from './calculator.ts';

function refusal(expression: string): ToolError {
  try {
    calculate(expression);
  } catch (error) {
    expect(error).toBeInstanceOf(ToolError);
    return error as ToolError;
  }
  throw new Error(`${expression} was not refused`);
}

describe('whatever is not arithmetic is refused', () => {
  test.each([
    '',
    ' ',
    'x',
    'x=1',
    'f(x)=x',
    'f = 2',
    '1;2',
    '1\u00002',
    '"a"',
    "'a'",
    '`a`',
    '[1]',
    '{a:1}',
    '1:3',
    '1?2:3',
    'a.b',
    'pi.constructor',
    'pi["constructor"]',
    'this',
    'true',
    'null',
    'undefined',
    'i',
    'Infinity',
    'NaN',
    '__proto__',
    'constructor',
    'constructor(1)',
    'toString()',
    'hasOwnProperty(1)',
    'valueOf',
    'evaluate(1)',
    'parse(1)',
    'import(1)',
    'createUnit(1)',
    'simplify(1)',
    'derivative(1)',
    'eval(1)',
    'require(1)',
    'process.exit(1)',
    '1 cm',
    '2pi',
    '2(3)',
    '(1)(2)',
    'sqrt(4)(1)',
    'sqrt',
    'pi()',
    '1 2',
    '1,2',
    '(1,2)',
    '0x10',
    '1e',
    '1.2.3',
    '..1',
    '.',
    '1..2',
    '1+',
    '*1',
    '()',
    '2()',
    '2 ( )',
    '5!()',
    '1 % 2()',
    '2,',
    ',2',
    '(2,)',
    'max(1,,2)',
    '2, ()',
    '(1',
    '1)',
    'sqrt(1,)',
    'sqrt(,1)',
    'max(1 2)',
    'max(1, 2 3)',
    'floor(0. 5)',
    'round(2(3))',
    '.e5',
    '1 == 1',
    '1<2',
    '1&2',
    '1|2',
    '~1',
    '!1',
    '1=>2',
    '√4',
    '２+２',
    '1@2',
    '#',
    '$',
    'mod',
    'mod 2',
    '1 mod',
  ])('%j', (expression) => {
    expect(refusal(expression).code).toBe('invalid_expression');
  });
});

describe('ambiguous expressions are refused with both readings', () => {
  test.each([
    ['1,000', 'without thousands separators'],
    ['max(1,200)', 'a space after the comma'],
    ['100 + 10%', 'write 100 * 1.1 or 100 + 0.1'],
    ['2 + 1 + 10%', 'write 100 * 1.1 or 100 + 0.1'],
    ['10 % -3', 'write (5%) - 3 for a percentage, 5 mod (-3) for a remainder'],
    ['5!!', '(n!)!'],
  ])('%j', (expression, remedy) => {
    expect(refusal(expression).message).toContain(remedy);
  });
});

describe('expressions without a value are refused with the reason', () => {
  test.each([
    ['1/0', 'division_by_zero', 'Division by zero'],
    ['5 mod 0', 'division_by_zero', 'Division by zero'],
    ['0^-1', 'division_by_zero', 'Division by zero'],
    ['1/(sqrt(2)^2-2)', 'division_by_zero', 'Division by zero'],
    ['sqrt(-1)', 'undefined_result', 'even root of a negative number'],
    ['(-8)^(1/3)', 'undefined_result', 'use cbrt'],
    ['ln(0)', 'undefined_result', 'positive numbers only'],
    ['log(2, 1)', 'undefined_result', 'base 1'],
    ['asin(2)', 'undefined_result', 'from -1 to 1'],
    ['tan(pi/2)', 'undefined_result', 'right angle'],
    ['(-1)!', 'undefined_result', 'negative'],
    ['0.5!', 'invalid_argument', 'whole number'],
    ['gcd(1.5, 2)', 'invalid_argument', 'whole number'],
    ['sin(1e21)', 'invalid_argument', 'radians'],
    ['round(1, 0.5)', 'invalid_argument', 'decimal places'],
    ['round(1, 101)', 'invalid_argument', 'decimal places'],
    ['sqrt()', 'invalid_argument', 'sqrt takes 1 argument, but was given 0'],
    ['round(1, 2, 3)', 'invalid_argument', 'round takes 1 or 2 arguments, but was given 3'],
    ['gcd(1)', 'invalid_argument', 'gcd takes at least 2 arguments, but was given 1'],
    ['10^10000', 'result_too_large', '10000 digits'],
    ['exp(1e9)', 'result_too_large', '10000 digits'],
    ['exp(-1e9)', 'result_too_small', '10^-10000'],
  ])('%j: %s', (expression, code, reason) => {
    const error = refusal(expression);
    expect(error.code).toBe(code);
    expect(error.message).toContain(reason);
  });
});

test('positions count from 1', () => {
  expect(refusal('1+2$').message).toContain('"$" (character 4)');
  expect(refusal('2*3()').message).toContain('"(" at character 4');
  expect(refusal('1+*2').message).toContain('"*" at character 3');
});
