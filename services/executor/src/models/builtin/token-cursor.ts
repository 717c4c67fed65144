import type { Token } from './calculation-tokens.ts';
import type { TokenKind } from './calculation-vocabulary.ts';

const NESTING_MAX = 50;
/** Numbers, and operations on a single one. */
const COUNTED: ReadonlySet<TokenKind> = new Set([
  'number',
  'constant',
  'prefix',
  'postfix',
  'factorial',
  'discounted',
  'function',
  'part',
  'one-part',
]);

/** Thrown if the tokens are not a calculation; with a reason if they are an ambiguous one. */
export class UnreadableCalculation extends Error {
  override readonly name = 'UnreadableCalculation';
  readonly reason: string | undefined;
  constructor(reason?: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Reads tokens front to back. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** How many operations there are in all: between any two numbers one, besides those on a single number. */
  get operations(): number {
    return this.#tokens.reduce((count, { kind }) => (COUNTED.has(kind) ? count + 1 : count), -1);
  }

  /** @param ahead how many tokens to look past the next one */
  is(kind: TokenKind, text?: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  isOneOf(kinds: readonly TokenKind[], ahead = 0): boolean {
    return kinds.some((kind) => this.is(kind, undefined, ahead));
  }

  take(kind: TokenKind, text?: string): Token | undefined {
    return this.is(kind, text) ? this.#tokens[this.#at++] : undefined;
  }

  /** @throws UnreadableCalculation */
  expect(kind: TokenKind, text?: string): Token {
    const token = this.take(kind, text);
    if (!token) throw new UnreadableCalculation();
    return token;
  }

  /**
   * Runs `read` one level deeper.
   * @throws UnreadableCalculation below the deepest level
   */
  nested<Result>(read: () => Result): Result {
    if (this.#nesting++ > NESTING_MAX) {
      throw new UnreadableCalculation(`This calculation is nested more than ${NESTING_MAX} levels deep.`);
    }
    const result = read();
    this.#nesting--;
    return result;
  }
}
