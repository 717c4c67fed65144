import type { TokenKind } from './calculation-vocabulary.ts';
import {
  ATOM,
  aggregated,
  applied,
  call,
  combine,
  type Expression,
  number,
  parenthesised,
  partOf,
  power,
  product,
} from './expression.ts';
import { type TokenCursor, UnreadableCalculation } from './token-cursor.ts';

/** Operators of which a list of more than two could be grouped in several ways. */
export const PAIRS_ONLY: readonly string[] = ['-', '/'];

/** Numbers and what is bound to them more tightly than any sign: the lower half of the grammar in calculation-grammar.ts. */
export abstract class OperandGrammar {
  protected readonly cursor: TokenCursor;

  constructor(cursor: TokenCursor) {
    this.cursor = cursor;
  }

  protected abstract expression(): Expression;
  protected abstract signed(): Expression;

  /** first, second and third, combined by one operator; more than two only where their grouping does not matter. */
  protected list(first: Expression, operator: string): Expression {
    let whole = first;
    let count = 1;
    while (this.cursor.take('and') || this.cursor.take('comma')) {
      this.cursor.take('and');
      whole = combine(whole, operator, this.plainOperand());
      count++;
      this.cursor.operations++;
    }
    if (count < 2 || (count > 2 && PAIRS_ONLY.includes(operator))) throw new UnreadableCalculation();
    return aggregated(whole, operator, count);
  }

  /** `the sum of 3 and 4 squared` is 3+4² or (3+4)²: no powers in words within lists. */
  protected plainOperand(): Expression {
    const operand = this.signed();
    if (operand.isWorded || operand.isPercentage) throw new UnreadableCalculation();
    return operand;
  }

  protected postfixed(operand: Expression): Expression {
    let result = operand;
    for (;;) {
      const postfix = this.cursor.take('postfix');
      if (postfix) {
        result = { ...applied(postfix.text, result), isWorded: true };
      } else if (this.cursor.take('factorial')) {
        if (this.cursor.is('factorial'))
          throw new UnreadableCalculation('n!! might be (n!)! or the double factorial.');
        result = call('factorial', result);
      } else if (this.#isPercentSign()) {
        result = this.#percentage(result);
        continue;
      } else if (this.cursor.is('part') || (result.text === '1' && this.cursor.is('one-part'))) {
        result = this.#share(result);
      } else if (this.cursor.take('of')) {
        result = this.#partOf(result);
      } else return result;
      this.cursor.operations++;
    }
  }

  /** `10 % 3` is a remainder; a percent sign has no operand after it. Before a `-` it could be either. */
  #isPercentSign(): boolean {
    if (!this.cursor.is('percent')) return false;
    if (this.cursor.is('percent', 'percent')) return true;
    if (
      this.cursor.is('add', '-', 1) &&
      !(this.cursor.is('number', undefined, 2) && this.cursor.is('percent', undefined, 3))
    ) {
      throw new UnreadableCalculation(
        'A % before a minus might be a percentage or a remainder: write (10%) - 3 or 10 mod (-3).',
      );
    }
    return !(['number', 'open', 'prefix', 'constant', 'function'] as const).some((kind) =>
      this.cursor.is(kind, undefined, 1),
    );
  }

  #percentage(operand: Expression): Expression {
    this.cursor.take('percent');
    if (!this.cursor.take('of')) {
      return { ...product(operand, '/', number('100')), isPercentage: true };
    }
    this.cursor.operations++;
    return partOf(
      this.cursor.nested(() => this.signed()),
      operand,
      '100',
    );
  }

  /** two thirds · one third of 90, but not the ordinal `twenty fifth` */
  #share(count: Expression): Expression {
    const value = Number(count.text);
    if (value > 100 && value % 100 !== 0) {
      throw new UnreadableCalculation(
        'A fraction after hundreds and some might be added to them or counted by them: write 100 + 2/3 or 102/3.',
      );
    }
    const parts = (this.cursor.take('part') ?? this.cursor.expect('one-part')).text;
    if (!this.cursor.take('of')) return product(count, '/', number(parts));
    return partOf(
      this.cursor.nested(() => this.signed()),
      count,
      parts,
    );
  }

  /** 2的10次方 · 100的20% · 100的百分之二十 · 9的三分之一 · 3的5倍 */
  #partOf(whole: Expression): Expression {
    const per = this.cursor.take('per');
    if (per) return partOf(whole, number(this.cursor.expect('number').text), per.text);
    const isNegative = this.cursor.take('negative', 'chinese') ?? this.cursor.take('add', '-');
    const part = this.cursor.expect('number').text;
    if (this.cursor.take('power-suffix'))
      return { ...power(whole, number(isNegative ? `-${part}` : part)), isWorded: true };
    if (isNegative) throw new UnreadableCalculation();
    if (this.cursor.take('percent')) return partOf(whole, number(part), '100');
    if (this.cursor.take('fold')) return product(whole, '*', number(part));
    this.cursor.expect('fraction');
    return partOf(whole, number(this.cursor.expect('number').text), part);
  }

  protected primary(): Expression {
    const literal = this.cursor.take('number');
    if (literal) {
      if (!this.cursor.take('fraction')) return number(literal.text);
      this.cursor.operations++;
      return product(number(this.cursor.expect('number').text), '/', number(literal.text));
    }
    const constant = this.cursor.take('constant');
    if (constant) return { text: constant.text, precedence: ATOM };
    const name = this.cursor.take('function');
    if (name) return this.#call(name.text);
    if (this.cursor.take('open')) {
      const inner = this.cursor.nested(() => this.expression());
      this.cursor.expect('close');
      return parenthesised(inner);
    }
    if (this.cursor.take('negative', 'chinese')) return number(`-${this.cursor.expect('number').text}`);
    const per = this.cursor.take('per');
    if (per)
      return {
        ...product(number(this.cursor.expect('number').text), '/', number(per.text)),
        isPercentage: true,
      };
    const prefix = this.cursor.take('prefix');
    if (prefix) {
      this.cursor.operations++;
      const isSigned =
        this.cursor.is('add') || this.cursor.is('minus') || this.cursor.is('negative', 'english');
      const operand = this.cursor.nested(() => (isSigned ? this.signed() : this.#withPercentSign()));
      return this.#prefixed(prefix.text, operand);
    }
    if (this.cursor.take('remainder-of')) return this.#remainderOf();
    return this.aggregate();
  }

  /** `half of 3 squared` is half of 9 or the square of a half of 3; only under a root both come to the same. */
  #prefixed(word: string, operand: Expression): Expression {
    const isRoot = word === 'sqrt' || word === 'cbrt';
    const isFollowed = (kind: TokenKind) => this.cursor.is(kind);
    if (
      (!isRoot && (['postfix', 'power'] as const).some(isFollowed)) ||
      (['of', 'factorial', 'part', 'one-part'] as const).some(isFollowed)
    ) {
      throw new UnreadableCalculation(
        'What follows might belong to the last number or to all before it: use parentheses.',
      );
    }
    return { ...applied(word, operand), ...(operand.isPercentage && { isPercentage: true }) };
  }

  /** The square root of 25% is that of 0.25. */
  #withPercentSign(): Expression {
    const operand = this.primary();
    return this.#isPercentSign() ? this.#percentage(operand) : operand;
  }

  /** sqrt(16) · max(1, 2) */
  #call(name: string): Expression {
    this.cursor.expect('open');
    const operands = [this.cursor.nested(() => this.expression())];
    while (this.cursor.take('comma')) operands.push(this.cursor.nested(() => this.expression()));
    this.cursor.expect('close');
    this.cursor.operations++;
    return { text: `${name}(${operands.map((operand) => operand.text).join(', ')})`, precedence: ATOM };
  }

  #remainderOf(): Expression {
    const division = this.cursor.nested(() => this.signed());
    this.cursor.expect('multiply', '/');
    this.cursor.operations++;
    return product(division, ' mod ', this.signed());
  }

  /** the sum of 3 and 4. What followed might belong to its last operand or to all of it, so nothing may. */
  protected aggregate(): Expression {
    const operator = this.cursor.expect('aggregate').text;
    const whole = this.cursor.nested(() => this.list(this.plainOperand(), operator));
    if (!this.cursor.isAtEnd && !this.cursor.is('close')) throw new UnreadableCalculation();
    return whole;
  }
}
