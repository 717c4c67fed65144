import jsep from 'jsep';

/**
 * jsep parses JavaScript-like expressions into trees and evaluates nothing. This grammar narrows it to arithmetic:
 * - binary `+ - * / mod`, left to right; `%` followed by an operand is `mod`, otherwise a postfix percent;
 * - `^` (or `**`) to the right and above a sign, as in mathematics: `-2^2` is -4, `2^-1` is a half, `2^3^2` is 2^9;
 * - postfix `!`.
 *
 * @throws Error with `index`, the position counted from 0 where the text stops being an expression
 */
export function parseGrammar(text: string): jsep.Expression {
  return jsep(text);
}

/** A refusal by the grammar that explains itself; jsep's own errors carry `index` too. */
export class GrammarError extends Error {
  readonly index: number;
  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

// jsep keeps its operators and hooks in tables of the module; nothing else in these processes uses jsep.
jsep.removeAllUnaryOps();
jsep.removeAllBinaryOps();
jsep.removeAllLiterals();
for (const [operator, precedence] of Object.entries({ '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, mod: 2 })) {
  jsep.addBinaryOp(operator, precedence);
}

jsep.hooks.add('gobble-token', function (env) {
  const sign = this.char;
  if (sign === '-' || sign === '+') {
    this.index++;
    env.node = { type: 'UnaryExpression', operator: sign, argument: gobbleOperand(this, sign) };
  } else if (/[0-9.]/.test(sign)) {
    // By default jsep returns numbers without calling the next hook.
    env.node = this.gobbleNumericLiteral() as jsep.Expression;
  }
});

jsep.hooks.add('after-token', function (env) {
  if (!env.node) return;
  const base = gobblePostfix(this, env.node);
  const power = this.expr.startsWith('**', this.index) ? '**' : '^';
  if (this.expr.startsWith(power, this.index)) {
    this.index += power.length;
    env.node = { type: 'BinaryExpression', operator: '^', left: base, right: gobbleOperand(this, power) };
  } else {
    env.node = base;
  }
});

function gobbleOperand(scope: jsep.HookScope, operator: string): jsep.Expression {
  const operand = scope.gobbleToken();
  if (!operand) throw new GrammarError(`a number is missing after "${operator}"`, scope.index);
  return operand;
}

function gobblePostfix(scope: jsep.HookScope, primary: jsep.Expression): jsep.Expression {
  let node = primary;
  let previous = '';
  for (;;) {
    scope.gobbleSpaces();
    const operator = scope.char;
    if (operator !== '!' && !(operator === '%' && isPercent(scope))) return node;
    if (operator === '!' && previous === '!') {
      throw new GrammarError(
        '"!!" can mean two things: write (n!)! for the factorial of a factorial',
        scope.index,
      );
    }
    scope.index++;
    node = { type: 'UnaryExpression', operator, argument: node };
    previous = operator;
  }
}

/** Whether the `%` at the scope's position is a percentage. Before a sign it could be either, so that is refused. */
function isPercent(scope: jsep.HookScope): boolean {
  const following = scope.expr.slice(scope.index + 1).trimStart();
  if (following.startsWith('+') || following.startsWith('-')) {
    throw new GrammarError(
      '"%" before a sign can mean two things: write (5%) - 3 for a percentage, 5 mod (-3) for a remainder',
      scope.index,
    );
  }
  return !/^(?!mod\b)[0-9.a-z(]/.test(following);
}
