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

export function call(name: string, operand: Expression): Expression {
  return { text: `${name}(${operand.text})`, precedence: ATOM };
}

export function parenthesised(inner: Expression): Expression {
  return { text: `(${inner.text})`, precedence: ATOM };
}

/** What a word such as `squared` or `^4` makes of its operand. */
export function applied(word: string, operand: Expression): Expression {
  switch (word) {
    case 'squared':
      return power(operand, number('2'));
    case 'cubed':
      return power(operand, number('3'));
    case 'half':
      return product(operand, '/', number('2'));
    case 'third':
      return product(operand, '/', number('3'));
    case 'quarter':
      return product(operand, '/', number('4'));
    case 'double':
      return product(number('2'), '*', operand);
    case 'sqrt':
    case 'cbrt':
    case 'factorial':
    case 'abs':
      return call(word, operand);
    default:
      return power(operand, number(word.slice(1)));
  }
}

/** Of a list, two at a time; the mean of one is its sum until `aggregated` has seen it all. */
export function combine(left: Expression, operator: string, right: Expression): Expression {
  switch (operator) {
    case '+':
    case '-':
      return sum(left, operator, right);
    case 'mean':
      return sum(left, '+', right);
    case '*':
    case '/':
      return product(left, operator, right);
    default:
      return { text: `${operator}(${left.text}, ${right.text})`, precedence: ATOM };
  }
}

/** What becomes of a combined list at its end. */
export function aggregated(whole: Expression, operator: string, count: number): Expression {
  return operator === 'mean' ? product(whole, '/', number(String(count))) : whole;
}

/** A part of a whole, as in 20% of 150: 20*150/100. */
export function partOf(whole: Expression, part: Expression, base: string): Expression {
  const share = part.text === '1' ? whole : product(part, '*', whole);
  return product(share, '/', number(base));
}
