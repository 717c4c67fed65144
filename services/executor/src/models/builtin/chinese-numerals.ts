import type { Numeral } from './numeral.ts';

/** Each character and those written for it, such as 壹 for 一. */
const PLAIN_CHARACTERS = new Map<string, string>();
for (const variants of '零〇 一壹 二贰两 三叁 四肆 五伍 六陆 七柒 八捌 九玖 十拾 百佰 千仟 万 亿'.split(
  ' ',
)) {
  for (const variant of variants) PLAIN_CHARACTERS.set(variant, variants[0]!);
}

const DIGITS = '零一二三四五六七八九';
/** Largest first. */
const UNITS = [
  ['亿', 100_000_000n],
  ['万', 10_000n],
  ['千', 1_000n],
  ['百', 100n],
  ['十', 10n],
] as const;
const NUMERAL_LENGTH_MAX = 40;

/**
 * 一百二十三, 两千零五, 十万, 二〇二六, 三点一四; also 一百二 for 120 and 两万五 for 25000, as they are spoken.
 * @returns undefined where no well-formed one starts at `from`
 */
export function chineseNumeralAt(text: string, from: number): Numeral | undefined {
  const plain = plainCharacters(text, from);
  if (plain === '') return undefined;
  const whole = digitByDigit(plain) ?? wholeNumber(plain)?.toString();
  if (!whole) return undefined;
  const end = from + plain.length;
  if (text[end] !== '点') return { digits: whole, end };

  const [decimals] = plainCharacters(text, end + 1).match(/^[^十百千万亿]+/) ?? [];
  if (decimals === undefined) return undefined;
  return { digits: `${whole}.${digitByDigit(decimals)}`, end: end + 1 + decimals.length };
}

function plainCharacters(text: string, from: number): string {
  let plain = '';
  while (plain.length < NUMERAL_LENGTH_MAX) {
    const character = PLAIN_CHARACTERS.get(text[from + plain.length] ?? '');
    if (character === undefined) break;
    plain += character;
  }
  return plain;
}

/** 二〇二六 */
function digitByDigit(plain: string): string | undefined {
  const digits = Array.from(plain, (character) => DIGITS.indexOf(character));
  return digits.includes(-1) ? undefined : digits.join('');
}

/** 两千零五; undefined if it is not well-formed */
function wholeNumber(plain: string): bigint | undefined {
  const digits = plain.replace(/^零+/, '');
  for (const [unit, size] of UNITS) {
    const at = digits.lastIndexOf(unit);
    if (at < 0) continue;
    const count = unit === '十' && at === 0 ? 1n : wholeNumber(digits.slice(0, at));
    const rest = belowUnit(digits.slice(at + 1), size);
    const isCountable = count !== undefined && (count < 10n || size >= 10_000n);
    return isCountable && rest !== undefined ? count * size + rest : undefined;
  }
  const digit = digits.length === 1 ? DIGITS.indexOf(digits) : 0;
  return digit > 0 ? BigInt(digit) : undefined;
}

/** What follows a unit: a single digit counts the next smaller one, as in 一百二. */
function belowUnit(plain: string, unit: bigint): bigint | undefined {
  if (plain === '') return 0n;
  const value = wholeNumber(plain);
  if (value === undefined || value >= unit) return undefined;
  return plain.length === 1 && value < 10n ? (value * unit) / 10n : value;
}
