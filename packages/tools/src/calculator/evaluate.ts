import { add, divide, modulo, multiply, negate, subtract } from './arithmetic.ts';
import { CONSTANTS } from './constants.ts';
import type { BinaryOperator, Expression } from './expression.ts';
import { callFunction } from './functions.ts';
import { factorial } from './integers.ts';
import { cost, type WorkBudget } from './limits.ts';
import { exact, type Value } from './number.ts';
import { parseNumber } from './parse-number.ts';
import { power } from './power.ts';

type BinaryOperation = (left: Value, right: Value, budget: WorkBudget) => Value;

const BINARY_OPERATIONS: Readonly<Record<BinaryOperator, BinaryOperation>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  mod: modulo,
  '^': power,
};

/** @throws ToolError for what has no value, or one beyond the limits */
export function evaluate(expression: Expression, budget: WorkBudget): Value {
  budget.spend(cost.node);
  switch (expression.kind) {
    case 'number':
      return parseNumber(expression.digits, budget);
    case 'constant':
      return CONSTANTS.get(expression.name)!;
    case 'negation':
      return negate(evaluate(expression.operand, budget));
    case 'percent':
      return divide(evaluate(expression.operand, budget), exact(100n), budget);
    case 'factorial':
      return factorial(evaluate(expression.operand, budget), budget);
    case 'binary': {
      const left = evaluate(expression.left, budget);
      const right = evaluate(expression.right, budget);
      return BINARY_OPERATIONS[expression.operator](left, right, budget);
    }
    case 'call': {
      const args = expression.arguments.map((argument) => evaluate(argument, budget));
      return callFunction(expression.name, args, budget);
    }
  }
}
