import {
  ATOM,
  aggregate,
  applied,
  call,
  type Expression,
  number,
  parenthesised,
  partOf,
  power,
  product,
} from './expression.ts';
import { type TokenCursor, UnreadableCalculation } from './token-cursor.ts';

const UNCLEAR_WORD =
  'A word might be for all that stands beside it or for the nearest number: use parentheses, as in (2/3) squared.';
/** Operators of which a list of more than two could be grouped in several ways. */
const PAIRS_ONLY: readonly string[] = ['-', 'distance', '/'];

/** Prefixes that come to the same for 2/3 and for its numerator. */
const LINEAR: readonly string[] = ['/2', '/3', '/4', '*2', 'abs'];

/** Numbers and what is bound to them more tightly than any sign: the lower half of the grammar in calculation-grammar.ts. */
export abstract class OperandGrammar {
  protected readonly cursor: TokenCursor;

  constructor(cursor: TokenCursor) {
    this.cursor = cursor;
  }

  protected abstract expression(): Expression;
  protected abstract signed(): Expression;

  /** first, second and third, combined by one operator */
  protected list(first: Expression, operator: string): Expression {
    const operands = [first];
    while (this.cursor.take('and') || this.cursor.take('comma')) {
      this.cursor.take('and');
      operands.push(this.plainOperand());
    }
    return this.combined(operands, operator);
  }

  protected combined(operands: readonly Expression[], operator: string): Expression {
    const isTooMany = operands.length > 2 && PAIRS_ONLY.includes(operator);
    if (operands.length < 2 || isTooMany) throw new UnreadableCalculation();
    if (operator === '-' && Number(operands[0]?.text) < Number(operands[1]?.text)) {
      throw new UnreadableCalculation(
        'The difference might be taken from the first number or from the larger one: write 3 - 10 or 10 - 3.',
      );
    }
    return aggregate(operator, operands);
  }

  /** `the sum of 3 and 4 squared` is 3+4² or (3+4)²: no powers in words within lists. */
  protected plainOperand(): Expression {
    const operand = this.signed();
    if (operand.isWorded || operand.isPercentage) throw new UnreadableCalculation();
    return operand;
  }

  /** Of `20 divided by 1/2` only the 1 has been read, and the word may be for all of the fraction. */
  protected notNumerator(operand: Expression): Expression {
    if (this.cursor.last?.isNumerator) throw new UnreadableCalculation(UNCLEAR_WORD);
    return operand;
  }

  protected postfixed(operand: Expression): Expression {
    let result = operand;
    const isDenominator = this.cursor.last?.isDenominator;
    for (;;) {
      // 2/3 squared
      if (isDenominator && this.#isWordAfter()) throw new UnreadableCalculation(UNCLEAR_WORD);
      const postfix = this.cursor.take('postfix');
      if (postfix) {
        // 3的平方加4的平方开方 may be 5 or 13.
        if (result.isWorded && this.cursor.isInSum) throw new UnreadableCalculation(UNCLEAR_WORD);
        result = { ...applied(postfix.text, result), isWorded: true };
      } else if (this.cursor.take('factorial')) {
        if (this.cursor.is('factorial'))
          throw new UnreadableCalculation('n!! might be (n!)! or the double factorial.');
        result = call('factorial', result);
      } else if (this.#isPercentSign()) {
        result = this.#percentage(result);
      } else if (this.cursor.is('part') || (result.text === '1' && this.cursor.is('one-part'))) {
        result = this.#share(result);
      } else if (result.text === '1' && this.cursor.is('prefix', '/2')) {
        // one half of 98
        result = this.primary();
      } else if (this.cursor.take('of')) {
        result = this.#partOf(result);
      } else return result;
    }
  }

  #isWordAfter(): boolean {
    if (!this.cursor.isOneOf(['postfix', 'percent', 'part', 'of', 'power'])) return false;
    return this.cursor.peek()?.isWord || this.cursor.isOneOf(['of'], 1);
  }

  /** `10 % 3` is a remainder; a percent sign has no operand after it. Before a `-` it could be either. */
  #isPercentSign(): boolean {
    if (!this.cursor.is('percent')) return false;
    if (this.cursor.peek()?.isWord) return true;
    const following = this.cursor.peek(1);
    const isMinus = following?.text === '-' && !following.isWord;
    const isBeforePercentage = this.cursor.isOneOf(['number'], 2) && this.cursor.isOneOf(['percent'], 3);
    if (isMinus && !isBeforePercentage) {
      throw new UnreadableCalculation(
        'A % before a minus might be a percentage or a remainder: write (10%) - 3 or 10 mod (-3).',
      );
    }
    return !this.cursor.isOneOf(['number', 'open', 'prefix', 'constant', 'function'], 1);
  }

  #percentage(operand: Expression): Expression {
    this.cursor.take('percent');
    if (!this.cursor.take('of')) {
      return { ...product(operand, '/', number('100')), isPercentage: true };
    }
    return partOf(this.signed(), operand, '100');
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
    return partOf(this.signed(), count, parts);
  }

  /** 2的10次方 · 100的20% · 100的百分之二十 · 9的三分之一 · 3的5倍 · 100的八折 */
  #partOf(whole: Expression): Expression {
    const per = this.cursor.take('per');
    if (per) return partOf(whole, this.#number(), per.text);
    const isNegative = this.cursor.take('negative', 'chinese') ?? this.cursor.take('add', '-');
    const part = this.cursor.expect('number').text;
    if (this.cursor.take('power-suffix'))
      return { ...power(whole, number(isNegative ? `-${part}` : part)), isWorded: true };
    if (isNegative) throw new UnreadableCalculation();
    if (this.cursor.take('percent')) return partOf(whole, number(part), '100');
    if (this.cursor.take('fold')) return product(whole, '*', number(part));
    if (this.cursor.is('discount')) return this.discount(whole, part);
    this.cursor.expect('fraction');
    return partOf(whole, this.#number(), part);
  }

  /** 打八折 leaves eight tenths, 打八五折 85 hundredths. */
  protected discount(whole: Expression, part: string): Expression {
    this.cursor.expect('discount');
    const tenths = Number(part);
    if (tenths === 10 || tenths >= 100) throw new UnreadableCalculation();
    return partOf(whole, number(part), tenths < 10 ? '10' : '100');
  }

  #number(): Expression {
    return number(this.cursor.expect('number').text);
  }

  protected primary(): Expression {
    const literal = this.cursor.take('number');
    if (literal) {
      if (!this.cursor.take('fraction')) return number(literal.text);
      return product(this.#number(), '/', number(literal.text));
    }
    const constant = this.cursor.take('constant');
    if (constant) return { text: constant.text, precedence: ATOM };
    const name = this.cursor.take('function');
    if (name) return this.#call(name.text);
    if (this.cursor.take('open')) {
      const inner = this.expression();
      this.cursor.expect('close');
      return parenthesised(inner);
    }
    if (this.cursor.take('negative', 'chinese')) return number(`-${this.cursor.expect('number').text}`);
    const per = this.cursor.take('per');
    if (per) return { ...product(this.#number(), '/', number(per.text)), isPercentage: true };
    const prefix = this.cursor.take('prefix');
    if (prefix) {
      const isSigned = this.cursor.is('add') || this.cursor.is('negative', 'english');
      const operand = isSigned ? this.signed() : this.#withPercentSign();
      if (prefix.isWord && !LINEAR.includes(prefix.text)) this.notNumerator(operand);
      return this.#prefixed(prefix.text, operand);
    }
    if (this.cursor.take('remainder-of')) return this.#remainderOf();
    return this.#aggregate();
  }

  /** `half of 3 squared` is half of 9 or the square of a half of 3; only under a root both come to the same. */
  #prefixed(word: string, operand: Expression): Expression {
    const isRoot = word === 'sqrt' || word === 'cbrt';
    if (
      (!isRoot && this.cursor.isOneOf(['postfix', 'power'])) ||
      this.cursor.isOneOf(['of', 'factorial', 'part', 'one-part'])
    ) {
      throw new UnreadableCalculation(
        'What follows might belong to the last number or to all before it: use parentheses.',
      );
    }
    return { ...applied(word, operand), ...(operand.isPercentage && { isPercentage: true }) };
  }

  /** The square root of 25% is that of 0.25. */
  #withPercentSign(): Expression {
    const operand = this.cursor.nested(() => this.primary());
    return this.#isPercentSign() ? this.#percentage(operand) : operand;
  }

  /** sqrt(16) · max(1, 2) */
  #call(name: string): Expression {
    this.cursor.expect('open');
    const operands = [this.expression()];
    while (this.cursor.take('comma')) operands.push(this.expression());
    this.cursor.expect('close');
    return call(name, ...operands);
  }

  #remainderOf(): Expression {
    const division = this.signed();
    this.cursor.expect('multiply', '/');
    return product(division, ' mod ', this.notNumerator(this.signed()));
  }

  /** the sum of 3 and 4. What followed might belong to its last operand or to all of it, so nothing may. */
  #aggregate(): Expression {
    const operator = this.cursor.expect('aggregate').text;
    const whole = this.list(this.plainOperand(), operator);
    if (!this.cursor.isAtEnd && !this.cursor.is('close')) throw new UnreadableCalculation();
    return whole;
  }
}
