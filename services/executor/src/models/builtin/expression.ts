/** How tightly a text is bound, from `1+1` to `(1+1)`: what decides where parentheses go. */
const SUM = 1;
const PRODUCT = 2;
const SIGNED = 3;
const POWER = 4;
export const ATOM = 5;

/** A piece of an expression as the calculator tool reads it. */
export interface Expression {
  text: string;
  precedence: number;
  /** Of the outermost operation, where it has two sides. */
  operator?: string;
  /** A power or root that was said in words (`3 squared`): where a sign before it belongs is anyone's guess. */
  isWorded?: boolean;
  /** `20%` with nothing that it is a part of. */
  isPercentage?: boolean;
}

function within(part: Expression, precedence: number): string {
  return part.precedence >= precedence ? part.text : `(${part.text})`;
}

export function number(text: string): Expression {
  return { text, precedence: text.startsWith('-') ? SIGNED : ATOM };
}

export function sum(left: Expression, operator: string, right: Expression): Expression {
  return { text: `${left.text}${operator}${within(right, PRODUCT)}`, precedence: SUM, operator };
}

export function product(left: Expression, operator: string, right: Expression): Expression {
  return {
    text: `${within(left, PRODUCT)}${operator}${within(right, POWER)}`,
    precedence: PRODUCT,
    operator,
  };
}

export function power(base: Expression, exponent: Expression): Expression {
  return { text: `${within(base, ATOM)}^${within(exponent, ATOM)}`, precedence: POWER };
}

export function signed(sign: string, operand: Expression): Expression {
  return { text: `${sign}${within(operand, POWER)}`, precedence: SIGNED };
}

export function call(name: string, ...operands: Expression[]): Expression {
  return { text: `${name}(${operands.map(({ text }) => text).join(', ')})`, precedence: ATOM };
}

export function parenthesised(inner: Expression): Expression {
  return { text: `(${inner.text})`, precedence: ATOM };
}

/** `^2`, `/2`, `*2` or a function such as `sqrt`, applied to an operand. */
export function applied(operation: string, operand: Expression): Expression {
  const value = number(operation.slice(1));
  switch (operation[0]) {
    case '^':
      return power(operand, value);
    case '/':
      return product(operand, '/', value);
    case '*':
      return product(value, '*', operand);
    default:
      return call(operation, operand);
  }
}

/** The sum, the mean, the greatest common divisor … of a list, two at a time. */
export function aggregate(operator: string, operands: readonly Expression[]): Expression {
  switch (operator) {
    case '+':
    case '-':
      return operands.reduce((left, right) => sum(left, operator, right));
    case '*':
    case '/':
      return operands.reduce((left, right) => product(left, operator, right));
    case 'distance':
      return call('abs', aggregate('-', operands));
    case 'mean':
      return product(aggregate('+', operands), '/', number(`${operands.length}`));
    default:
      return operands.reduce((left, right) => call(operator, left, right));
  }
}

/** A part of a whole, as in 20% of 150: 20*150/100. */
export function partOf(whole: Expression, part: Expression, base: string): Expression {
  const share = part.text === '1' ? whole : product(part, '*', whole);
  return product(share, '/', number(base));
}
