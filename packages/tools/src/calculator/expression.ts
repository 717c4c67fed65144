/**
 * The whole language of the calculator, as a closed union: whatever the parser may produce, only what fits in here is
 * evaluated.
 */
export type Expression =
  | { readonly kind: 'number'; readonly digits: string }
  | { readonly kind: 'constant'; readonly name: string }
  | { readonly kind: 'negation'; readonly operand: Expression }
  | { readonly kind: 'percent'; readonly operand: Expression }
  | { readonly kind: 'factorial'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] };

export type BinaryOperator = '+' | '-' | '*' | '/' | 'mod' | '^';
