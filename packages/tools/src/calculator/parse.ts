import type { ToolError } from '../tool.ts';
import { CONSTANTS } from './constants.ts';
import type { BinaryOperator, Expression } from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import { EXPRESSION_CHARACTERS_MAX, NODES_MAX, PARENTHESES_DEPTH_MAX } from './limits.ts';
import { normalise } from './normalise.ts';
import { invalid, tooComplex } from './refusals.ts';

/**
 * Text to tree, by recursive descent:
 *
 *     sum     := product { (+|-) product }
 *     product := signed { (*|/|mod|%) signed }
 *     signed  := (+|-) signed | power
 *     power   := postfix [ (^|**) signed ]
 *     postfix := primary { !|% }
 *     primary := number | constant | function ( [sum {, sum}] ) | ( sum )
 *
 * So `-2^2` is -4, `2^-1` a half and `2^3^2` is 2^9. A `%` with an operand after it is `mod`.
 *
 * @throws ToolError `invalid_expression` with the position counted from 1, or `expression_too_complex`
 */
export function parseExpression(text: string): Expression {
  if (text.length > EXPRESSION_CHARACTERS_MAX) {
    throw tooComplex(`is ${text.length} characters long; at most ${EXPRESSION_CHARACTERS_MAX} are read`);
  }
  return new Parser(normalise(text)).parse();
}

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/y;
const NAME = /[a-zπ][a-z0-9π]*/y;
const SUM_OPERATOR = /[+-]/y;
/** `%` is one where it was not taken as a percentage. */
const PRODUCT_OPERATOR = /\*(?!\*)|\/|%|mod(?![a-z0-9π])/y;
const POWER_OPERATOR = /\^|\*\*/y;
const FACTORIAL_SIGN = /!/y;
const PERCENT_SIGN = /%/y;
const OPENING = /\(/y;
const CLOSING = /\)/y;
const COMMA = /,/y;
const BEFORE_OPERAND = /% *(?!mod\b)[0-9.a-zπ(]/y;
const BEFORE_SIGN = /% *[+-]/y;

class Parser {
  readonly #text: string;
  #at = 0;
  #nodes = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Expression {
    const whole = this.#sum();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return whole;
  }

  #sum(): Expression {
    let left = this.#product();
    for (let sign = this.#take(SUM_OPERATOR); sign; sign = this.#take(SUM_OPERATOR)) {
      const right = this.#product();
      // 100 + 10% is 110 on a pocket calculator and 100.1 in mathematics; 1 + 10% is 1.1 on both.
      const isOne = left.kind === 'number' && left.digits === '1';
      if (right.kind === 'percent' && left.kind !== 'percent' && !isOne) {
        throw invalid(`says "${sign} …%", which can mean two things: write 100 * 1.1 or 100 + 0.1`);
      }
      left = this.#binary(sign as '+' | '-', left, right);
    }
    return left;
  }

  #product(): Expression {
    let left = this.#signed();
    for (let sign = this.#take(PRODUCT_OPERATOR); sign; sign = this.#take(PRODUCT_OPERATOR)) {
      left = this.#binary(sign === '%' ? 'mod' : (sign as BinaryOperator), left, this.#signed());
    }
    return left;
  }

  #signed(): Expression {
    const sign = this.#take(SUM_OPERATOR);
    if (!sign) return this.#power();
    const operand = this.#signed();
    return sign === '-' ? this.#node({ kind: 'negation', operand }) : operand;
  }

  #power(): Expression {
    const base = this.#postfix();
    return this.#take(POWER_OPERATOR) ? this.#binary('^', base, this.#signed()) : base;
  }

  #postfix(): Expression {
    let operand = this.#primary();
    for (;;) {
      if (this.#take(FACTORIAL_SIGN)) {
        if (this.#sees(FACTORIAL_SIGN)) {
          throw invalid('is unclear: "!!" can mean two things: write (n!)! for the factorial of a factorial');
        }
        operand = this.#node({ kind: 'factorial', operand });
      } else if (this.#isPercentage()) {
        this.#take(PERCENT_SIGN);
        operand = this.#node({ kind: 'percent', operand });
      } else return operand;
    }
  }

  #isPercentage(): boolean {
    if (this.#sees(BEFORE_SIGN)) {
      throw invalid(
        'is unclear: "%" before a sign can mean two things: write (5%) - 3 for a percentage, 5 mod (-3) for a remainder',
      );
    }
    return this.#sees(PERCENT_SIGN) && !this.#sees(BEFORE_OPERAND);
  }

  #primary(): Expression {
    const digits = this.#take(NUMBER);
    if (digits) return this.#node({ kind: 'number', digits });
    const name = this.#take(NAME);
    if (name) return this.#named(name);
    if (!this.#take(OPENING)) throw this.#unexpected();
    return this.#inParentheses(() => this.#sum());
  }

  #named(name: string): Expression {
    if (CONSTANTS.has(name)) return this.#node({ kind: 'constant', name });
    if (!FUNCTIONS.has(name)) {
      const known = [...FUNCTIONS.keys(), ...CONSTANTS.keys()].join(', ');
      throw invalid(`may not hold the name ${JSON.stringify(name.slice(0, 32))}: known are ${known}`);
    }
    if (!this.#take(OPENING)) {
      throw invalid(`names the function ${name} without its arguments: write ${name}(…)`);
    }
    const args = this.#inParentheses(() => this.#arguments());
    return this.#node({ kind: 'call', name, arguments: args });
  }

  #arguments(): Expression[] {
    if (this.#sees(CLOSING)) return [];
    const args = [this.#sum()];
    while (this.#take(COMMA)) args.push(this.#sum());
    return args;
  }

  #inParentheses<Content>(read: () => Content): Content {
    if (++this.#depth > PARENTHESES_DEPTH_MAX) {
      throw tooComplex(`nests parentheses more than ${PARENTHESES_DEPTH_MAX} deep`);
    }
    const content = read();
    if (!this.#take(CLOSING)) throw this.#unexpected();
    this.#depth--;
    return content;
  }

  #binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
    return this.#node({ kind: 'binary', operator, left, right });
  }

  #node(expression: Expression): Expression {
    if (++this.#nodes > NODES_MAX) throw tooComplex(`has more than ${NODES_MAX} numbers and operators`);
    return expression;
  }

  /** @param pattern sticky */
  #sees(pattern: RegExp): boolean {
    while (this.#text[this.#at] === ' ') this.#at++;
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): string | undefined {
    if (!this.#sees(pattern)) return undefined;
    const taken = this.#text.slice(this.#at, pattern.lastIndex);
    this.#at = pattern.lastIndex;
    return taken;
  }

  #unexpected(): ToolError {
    const found = this.#text[this.#at];
    if (found === undefined) {
      return invalid(`ends too early: ${this.#depth > 0 ? 'a number or ")"' : 'a number'} is missing`);
    }
    const isValue = /[a-z0-9π(]/.test(found);
    const remedy = isValue ? ': put an operator such as * before it' : '';
    return invalid(`cannot be read: "${found}" at character ${this.#at + 1} is unexpected${remedy}`);
  }
}
