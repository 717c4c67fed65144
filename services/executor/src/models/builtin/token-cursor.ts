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
  #isInSum = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** The one that was taken last. */
  get last(): Token | undefined {
    return this.#tokens[this.#at - 1];
  }

  /** Whether a sum or a sign stands before, with no parenthesis in between. */
  get isInSum(): boolean {
    return this.#isInSum;
  }

  /** How many operations there are in all: between any two numbers one, besides those on a single number. */
  get operations(): number {
    return this.#tokens.reduce((count, { kind }) => (COUNTED.has(kind) ? count + 1 : count), -1);
  }

  /** @param ahead how many tokens to look past the next one */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  is(kind: TokenKind, text?: string): boolean {
    const token = this.peek();
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  isOneOf(kinds: readonly TokenKind[], ahead = 0): boolean {
    const token = this.peek(ahead);
    return token !== undefined && kinds.includes(token.kind);
  }

  take(kind: TokenKind, text?: string): Token | undefined {
    if (!this.is(kind, text)) return undefined;
    if (kind === 'add') this.#isInSum = true;
    if (kind === 'open' || kind === 'close') this.#isInSum = false;
    return this.#tokens[this.#at++];
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
