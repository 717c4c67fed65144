import { type Meaning, ORDINALS, VOCABULARY } from './calculation-vocabulary.ts';
import { chineseNumeralAt } from './chinese-numerals.ts';
import { ENGLISH_SCALES, englishNumeralAt } from './english-numerals.ts';
import { matchAt } from './match-at.ts';
import { type Numeral, shiftPoint } from './numeral.ts';
import { UnreadableCalculation } from './token-cursor.ts';

export interface Token extends Meaning {
  /** The index after it. */
  end: number;
  /** Said in words instead of a sign. */
  isWord?: boolean;
  /**
   * The number is part of a fraction written without spaces, which is one number to its reader: the 1 and the
   * 2 of `20 / 1/2`.
   */
  isNumerator?: boolean;
  isDenominator?: boolean;
}

const PHRASES = [...VOCABULARY.keys()].sort((a, b) => b.length - a.length);
const PHRASE = new RegExp(PHRASES.map(phrasePattern).join('|'), 'y');
const DIGIT_OR_POINT = /[\d.]/;
const LETTER = /[a-z]/;
const WORD = /[a-z\u4e00-\u9fff]/;
/** As in 百分之二十, twenty parts of a hundred. */
const PARTS_OF = /^[百千万]分之/;
const ORDINAL_POWER = new RegExp(
  `(?:raised )?to the (?:(?<digits>\\d{1,3})(?:st|nd|rd|th)|(?<word>${[...ORDINALS.keys()].join('|')}))(?: power)?(?![a-z])`,
  'y',
);
const SUPERSCRIPTS = /[⁰¹²³⁴⁵⁶⁷⁸⁹]+/y;
const FUNCTION_NAME = /[a-z][a-z0-9]{1,11}(?=\()/y;
/** Words that are functions where a parenthesis follows at once: `mod(10, 3)`, but `10 mod (3)`. */
const WORDS_CALLED: readonly string[] = ['mod', 'factorial', 'sqrt'];
const DIGITS_AND_COMMAS = /\d+(?:,\d+){1,12}(?:\.\d+)?/y;
const WITH_THOUSANDS = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const PLAIN_NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+(?![\w.]))?/y;
const HEXADECIMAL = /0x[\da-f]/y;
/** Powers of ten; a longer name before one that it begins with. */
const SCALES = new Map([
  ...ENGLISH_SCALES,
  ...Object.entries({ 万亿: 12, 千亿: 11, 百亿: 10, 千万: 7, 百万: 6, 亿: 8, 万: 4, 千: 3, 百: 2 }),
]);
const SCALE_WORD = new RegExp(` ?(?<name>${[...SCALES.keys()].join('|')})(?![a-z]|分之)`, 'y');

function phrasePattern(phrase: string): string {
  const literal = RegExp.escape(phrase);
  return /[a-z]$/.test(phrase) ? `${literal}(?![a-z])` : literal;
}

/**
 * @param text folded and single-spaced
 * @returns undefined if anything is not part of a calculation
 * @throws UnreadableCalculation
 */
export function calculationTokens(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  /** After a function, commas separate its arguments. */
  let hasArguments = false;
  for (let at = 0; at < text.length; ) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const token = tokenAt(text, at, hasArguments);
    if (!token) return undefined;
    if (token.kind === 'number' && !DIGIT_OR_POINT.test(text[at]!) && text[token.end] === '!') {
      throw new UnreadableCalculation(
        'A ! after a number in words might be a factorial or end the sentence: write 5! for the factorial.',
      );
    }
    hasArguments ||= token.kind === 'function';
    token.isWord = WORD.test(text[at]!);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** The first character of a token rules out most kinds. */
function tokenAt(text: string, at: number, hasArguments: boolean): Token | undefined {
  const first = text[at]!;
  if (DIGIT_OR_POINT.test(first)) {
    const token = numberToken(text, digitsAt(text, at, hasArguments));
    if (token) markPlaceInFraction(token, text, at);
    return token;
  }
  if (LETTER.test(first)) {
    return (
      numberToken(text, englishNumeralAt(text, at)) ??
      ordinalPowerAt(text, at) ??
      functionAt(text, at) ??
      phraseAt(text, at)
    );
  }
  const numeral = PARTS_OF.test(text.slice(at, at + 3)) ? undefined : chineseNumeralAt(text, at);
  return numberToken(text, numeral) ?? superscriptAt(text, at) ?? phraseAt(text, at);
}

function markPlaceInFraction(token: Token, text: string, at: number): void {
  const { end } = token;
  const isDigit = (index: number) => DIGIT_OR_POINT.test(text[index] ?? '');
  token.isNumerator = text[at - 1] !== '/' && text[end] === '/' && isDigit(end + 1);
  token.isDenominator = text[at - 1] === '/' && isDigit(at - 2);
}

/** Of a numeral and the scale after it, as in 3.5万 and three point five million. */
function numberToken(text: string, numeral: Numeral | undefined): Token | undefined {
  if (!numeral) return undefined;
  const scale = numeral.digits.includes('e') ? undefined : matchAt(SCALE_WORD, text, numeral.end);
  return scale
    ? { kind: 'number', text: shiftPoint(numeral.digits, SCALES.get(scale.groups.name!)!), end: scale.end }
    : { kind: 'number', text: numeral.digits, end: numeral.end };
}

function phraseAt(text: string, at: number): Token | undefined {
  const phrase = matchAt(PHRASE, text, at);
  return phrase && { ...VOCABULARY.get(phrase.text)!, end: phrase.end };
}

/** `to the 3rd power`, `to the fourth`: a postfix, where `to the power of` stands between two operands. */
function ordinalPowerAt(text: string, at: number): Token | undefined {
  const match = matchAt(ORDINAL_POWER, text, at);
  if (!match) return undefined;
  const exponent = match.groups.digits ?? ORDINALS.get(match.groups.word!);
  return { kind: 'postfix', text: `^${exponent}`, end: match.end };
}

/** 10²³ is 10 to the 23rd. */
function superscriptAt(text: string, at: number): Token | undefined {
  const raised = matchAt(SUPERSCRIPTS, text, at);
  return raised && { kind: 'postfix', text: `^${raised.text.normalize('NFKC')}`, end: raised.end };
}

/** Names followed by a parenthesis; whether such a function exists is for the calculator to say. */
function functionAt(text: string, at: number): Token | undefined {
  const name = matchAt(FUNCTION_NAME, text, at)?.text;
  if (name === undefined || (VOCABULARY.has(name) && !WORDS_CALLED.includes(name))) return undefined;
  return { kind: 'function', text: name, end: at + name.length };
}

function digitsAt(text: string, at: number, hasArguments: boolean): Numeral | undefined {
  if (matchAt(HEXADECIMAL, text, at)) {
    throw new UnreadableCalculation(
      '0x might begin a hexadecimal number or mean zero times; write 0 * for that.',
    );
  }
  let literal = matchAt(PLAIN_NUMBER, text, at)?.text;
  if (literal === undefined) return undefined;
  let end = at + literal.length;
  if (text[end] === ',') {
    const run = matchAt(DIGITS_AND_COMMAS, text, at)?.text ?? '';
    if (!hasArguments && WITH_THOUSANDS.test(run)) {
      literal = run.replaceAll(',', '');
      end = at + run.length;
    } else if (/,\d{3}(?!\d)/.test(run)) {
      // `1,000,2` and `max(1,000)` might hold two numbers or one.
      return undefined;
    }
  }
  return { digits: literal, end };
}
