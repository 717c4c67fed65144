import { OperandGrammar } from './calculation-operands.ts';
import { applied, type Expression, partOf, power, product, signed, sum } from './expression.ts';
import { UnreadableCalculation } from './token-cursor.ts';

/**
 * calculation := imperative | list-first sum, up to the last token
 * sum         := product { (+|-) product }, where the first operand may be 打 N 折
 * product     := signed { (*|/|mod) signed } [remainder] | signed 对 signed mod
 * signed      := (+|-|negative) signed | power
 * power       := postfixed [^ signed]
 * postfixed   := primary { squared | ! | % | thirds | 的 N 次方 | 的 N % | 的 N 倍 | … }
 * primary     := number [分之 number] | constant | ( … ) | square root of … | the sum of … and …
 *
 * One pass, no backtracking; words bind as tightly as the signs that they stand for.
 */
export class CalculationGrammar extends OperandGrammar {
  /** @throws UnreadableCalculation */
  read(): Expression {
    const whole = this.cursor.is('imperative') ? this.#imperative() : this.expression();
    // 3加5的和: its name after a single operation changes nothing.
    if (this.cursor.operations === 1 && whole.operator) this.cursor.take('joined', whole.operator);
    if (!this.cursor.isAtEnd) throw new UnreadableCalculation();
    return whole;
  }

  /** add 2 and 3 · add 2 to 3 · subtract 2 from 3 · multiply 2 by 3 · divide 2 by 3 */
  #imperative(): Expression {
    const operator = this.cursor.expect('imperative').text;
    const first = this.signed();
    if (this.cursor.isOneOf(['and', 'comma'])) return this.list(first, operator);
    const preposition = this.cursor.expect('preposition').text;
    const second = this.signed();
    switch (`${operator} ${preposition}`) {
      case '+ to':
        return this.#added(second, '+', first);
      case '- from':
        return this.#added(second, '-', first);
      case '* by':
      case '/ by':
        return product(first, operator, second);
      default:
        throw new UnreadableCalculation();
    }
  }

  protected override expression(): Expression {
    const isUsing = this.cursor.take('using') !== undefined;
    const first = this.signed();
    if (isUsing && !this.cursor.is('divides')) throw new UnreadableCalculation();
    if (this.cursor.take('divides')) {
      // `2除10` is 10/2, unlike `2除以10`. In a longer chain hardly two readers agree.
      const divided = this.signed();
      return product(divided, '/', first);
    }
    if (!this.cursor.is('and')) return this.#sum(this.#discounted(first));
    return this.#sum(this.#joined(first));
  }

  /** 3和5的和 · 3、4、5的积 · 10与2的商: the operator comes after its list. */
  #joined(first: Expression): Expression {
    const operands = [first];
    while (this.cursor.take('and')) operands.push(this.plainOperand());
    return this.postfixed(this.combined(operands, this.cursor.expect('joined').text));
  }

  /** 200打八折. After a sum it might belong to the last number or to all before it, so there it is not read. */
  #discounted(whole: Expression): Expression {
    const word = this.cursor.take('discounted');
    if (!word) return whole;
    if (word.text === '/2') return applied(word.text, whole);
    return this.discount(whole, this.cursor.expect('number').text);
  }

  #sum(first: Expression): Expression {
    let left = this.#product(first);
    for (let sign = this.#sign(); sign; sign = this.#sign()) {
      left = this.#added(left, sign, this.#product(this.signed()));
    }
    return left;
  }

  #added(left: Expression, operator: string, right: Expression): Expression {
    // 1 + 5% is 1.05 either way.
    if (right.isPercentage && !left.isPercentage && left.text !== '1') {
      throw new UnreadableCalculation(
        'A percentage added or subtracted might be a part of the other number or of 1: say of what, as in 100 - 20% of 100.',
      );
    }
    return sum(left, operator, right);
  }

  #product(first: Expression): Expression {
    let left = first;
    let dividend: Expression | undefined;
    let divisor: Expression | undefined;
    for (;;) {
      if (this.cursor.take('toward')) {
        left = product(left, ' mod ', this.signed());
        this.cursor.expect('multiply', ' mod ');
      } else if (this.cursor.take('times-letter')) {
        // `2x3`, but not the unknown of `2x+3`.
        if (!this.cursor.is('number')) throw new UnreadableCalculation();
        left = product(left, '*', this.signed());
      } else if (this.cursor.take('function', 'mod')) {
        // `10 mod(3)`: after an operand it is no call.
        left = product(left, ' mod ', this.signed());
      } else if (this.cursor.take('percent')) {
        // A percentage was taken with its number: this one stands before an operand.
        left = product(left, ' mod ', this.notNumerator(this.signed()));
      } else if (this.cursor.is('multiply', '/') && this.cursor.peek(2)?.text === 'of') {
        left = this.#fractionOf(left);
      } else if (this.cursor.is('multiply')) {
        const operator = this.cursor.expect('multiply').text;
        dividend = operator === '/' ? left : undefined;
        divisor = operator === '*' ? this.signed() : this.notNumerator(this.signed());
        left = product(left, operator, divisor);
      } else break;
    }
    if (this.cursor.take('remainder')) {
      if (!dividend || !divisor) throw new UnreadableCalculation();
      return product(dividend, ' mod ', divisor);
    }
    return left;
  }

  /** 3/4 of 80 */
  #fractionOf(numerator: Expression): Expression {
    this.cursor.expect('multiply');
    const denominator = this.cursor.expect('number').text;
    this.cursor.expect('of');
    return partOf(this.signed(), numerator, denominator);
  }

  protected override signed(): Expression {
    return this.cursor.nested(() => this.#signed());
  }

  #signed(): Expression {
    const sign = this.#sign() ?? (this.cursor.take('negative', 'english') ? '-' : undefined);
    if (!sign) return this.#power();
    const operand = this.signed();
    if (operand.isWorded) {
      throw new UnreadableCalculation(
        `The sign might belong before or after the power: write -(${operand.text}), or put the signed number in parentheses.`,
      );
    }
    return signed(sign, operand);
  }

  #sign(): string | undefined {
    return this.cursor.take('add')?.text;
  }

  #power(): Expression {
    const base = this.postfixed(this.primary());
    const sign = this.cursor.take('power');
    if (!sign) return base;
    const exponent = this.signed();
    return power(base, sign.isWord ? this.notNumerator(exponent) : exponent);
  }
}
