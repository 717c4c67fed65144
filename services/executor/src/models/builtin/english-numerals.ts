import type { Numeral } from './numeral.ts';

const UNITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const TEENS = [
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const SMALL = new Map<string, number>([
  ...[...UNITS, ...TEENS].map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, index): [string, number] => [word, 20 + 10 * index]),
]);

/** Powers of ten, largest first. */
export const ENGLISH_SCALES: ReadonlyMap<string, number> = new Map([
  ['trillion', 12],
  ['billion', 9],
  ['million', 6],
  ['thousand', 3],
]);

const WORD = /[a-z]+/y;

function wordAt(text: string, at: number): string {
  WORD.lastIndex = at;
  return WORD.exec(text)?.[0] ?? '';
}

/** Where the word after the one that ends at `end` begins; a hyphen joins as a space does. */
function next(text: string, end: number): number {
  return text[end] === ' ' || text[end] === '-' ? end + 1 : end;
}

/**
 * twenty-one, one hundred and five, two million three thousand, three point one four; `text` is folded and
 * single-spaced.
 * @returns undefined where none starts at `from`, or where the words could be read in two ways (`twenty twenty`)
 */
export function englishNumeralAt(text: string, from: number): Numeral | undefined {
  let total = 0;
  let scaleMax = Number.POSITIVE_INFINITY;
  let end = from;
  for (let at = from; ; ) {
    const group = groupAt(text, at, end > from);
    if (!group) break;
    const scaleStart = next(text, group.end);
    const scaleWord = wordAt(text, scaleStart);
    const scale = ENGLISH_SCALES.get(scaleWord) ?? 0;
    if (scale >= scaleMax) return undefined;
    total += group.value * 10 ** scale;
    scaleMax = scale;
    end = scale ? scaleStart + scaleWord.length : group.end;
    at = next(text, end);
    if (scale === 0) break;
  }
  if (end === from) return undefined;
  if (wordAt(text, next(text, end)) === 'point') {
    const decimals = decimalsAt(text, next(text, end) + 'point'.length);
    return decimals && { digits: `${total}.${decimals.digits}`, end: decimals.end };
  }
  return isNumberWord(wordAfterSpace(text, end)) ? undefined : { digits: String(total), end };
}

/** A number below 1000, with an `and` before it where it continues a larger one. */
function groupAt(text: string, from: number, continues: boolean): { value: number; end: number } | undefined {
  let at = from;
  if (continues && wordAt(text, at) === 'and') at = next(text, at + 'and'.length);
  if (
    !continues &&
    wordAt(text, at) === 'a' &&
    /^(hundred|thousand|million|billion)$/.test(wordAt(text, at + 2))
  ) {
    if (wordAt(text, at + 2) !== 'hundred') return { value: 1, end: at + 1 };
    return hundredsAt(text, { value: 1, end: at + 1 });
  }
  const small = belowHundredAt(text, at);
  return small && hundredsAt(text, small);
}

function hundredsAt(text: string, small: { value: number; end: number }): { value: number; end: number } {
  const hundredAt = next(text, small.end);
  if (wordAt(text, hundredAt) !== 'hundred' || small.value === 0) return small;
  const end = hundredAt + 'hundred'.length;
  let restAt = next(text, end);
  if (wordAt(text, restAt) === 'and') restAt = next(text, restAt + 'and'.length);
  const rest = belowHundredAt(text, restAt);
  return rest ? { value: small.value * 100 + rest.value, end: rest.end } : { value: small.value * 100, end };
}

function belowHundredAt(text: string, at: number): { value: number; end: number } | undefined {
  const word = wordAt(text, at);
  const value = SMALL.get(word);
  if (value === undefined) return undefined;
  const end = at + word.length;
  if (value < 20) return { value, end };
  const unit = wordAt(text, next(text, end));
  const unitValue = UNITS.indexOf(unit);
  return unitValue > 0 ? { value: value + unitValue, end: next(text, end) + unit.length } : { value, end };
}

function decimalsAt(text: string, from: number): Numeral | undefined {
  let digits = '';
  let end = from;
  for (;;) {
    const word = wordAt(text, next(text, end));
    const value = UNITS.indexOf(word);
    if (value < 0) break;
    digits += value;
    end = next(text, end) + word.length;
  }
  return digits ? { digits, end } : undefined;
}

function wordAfterSpace(text: string, end: number): string {
  return text[end] === ' ' ? wordAt(text, end + 1) : '';
}

function isNumberWord(word: string): boolean {
  return SMALL.has(word) || word === 'hundred' || ENGLISH_SCALES.has(word);
}
