import { matchAt } from './match-at.ts';
import type { Numeral } from './numeral.ts';

const ONES = 'zero|one|two|three|four|five|six|seven|eight|nine'.split('|');
const TEENS = 'ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen'.split('|');
const TENS = 'twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety'.split('|');
const VALUES = new Map<string, number>([
  ...[...ONES, ...TEENS].map((word, value): [string, number] => [word, value]),
  ...TENS.map((word, index): [string, number] => [word, 20 + 10 * index]),
  ['a', 1],
]);

/** Powers of ten. */
export const ENGLISH_SCALES: ReadonlyMap<string, number> = new Map([
  ['trillion', 12],
  ['billion', 9],
  ['million', 6],
  ['thousand', 3],
]);

const anyOf = (words: Iterable<string>) => `(?:${[...words].join('|')})(?![a-z])`;

const SCALE = anyOf(ENGLISH_SCALES.keys());
const BELOW_HUNDRED = `(?:${anyOf(TENS)}[ -]${anyOf(ONES.slice(1))}|${anyOf([...TENS, ...TEENS, ...ONES])})`;
/** A number below 1000, made of those below 100 that `count` matches, and its scale. */
const group = (count: string) =>
  `(?:(?!zero)(?<hundreds>${count})[ -]hundred(?![a-z])(?:[ -](?:and[ -])?(?<rest>${BELOW_HUNDRED}))?|(?<small>${count}))(?:[ -](?<scale>${SCALE}))?`;
const FIRST_GROUP = new RegExp(group(`(?:${BELOW_HUNDRED}|a(?=[ -](?:hundred|${SCALE})))`), 'y');
const NEXT_GROUP = new RegExp(`[ -](?:and[ -])?${group(BELOW_HUNDRED)}`, 'y');
const DECIMALS = new RegExp(`[ -]point(?![a-z])(?<decimals>(?:[ -]${anyOf(ONES)})*)`, 'y');
const ANOTHER_NUMBER = new RegExp(` (?:${anyOf(['hundred', ...TENS, ...TEENS, ...ONES])}|${SCALE})`, 'y');

/**
 * twenty-one, one hundred and five, two million three thousand, three point one four; `text` is folded and
 * single-spaced.
 * @returns undefined where none starts at `from`, or where the words could be read in two ways (`twenty twenty`)
 */
export function englishNumeralAt(text: string, from: number): Numeral | undefined {
  let total = 0;
  let end = from;
  let scaleMax = Number.POSITIVE_INFINITY;
  for (let found = matchAt(FIRST_GROUP, text, from); found; found = matchAt(NEXT_GROUP, text, end)) {
    const { hundreds, rest, small, scale } = found.groups;
    const power = scale ? ENGLISH_SCALES.get(scale)! : 0;
    if (power >= scaleMax) return undefined;
    total += (100 * sumOf(hundreds) + sumOf(rest) + sumOf(small)) * 10 ** power;
    end = found.end;
    scaleMax = power;
    if (!scale) break;
  }
  if (end === from) return undefined;
  const point = matchAt(DECIMALS, text, end);
  if (!point) return matchAt(ANOTHER_NUMBER, text, end) ? undefined : { digits: `${total}`, end };
  const decimals = wordsOf(point.groups.decimals).map((word) => VALUES.get(word));
  return decimals.length > 0 ? { digits: `${total}.${decimals.join('')}`, end: point.end } : undefined;
}

function sumOf(words: string | undefined): number {
  return wordsOf(words).reduce((sum, word) => sum + VALUES.get(word)!, 0);
}

function wordsOf(text = ''): string[] {
  return text.match(/[a-z]+/g) ?? [];
}
