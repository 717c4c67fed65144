import type { Numeral } from './numeral.ts';

const PLAIN_CHARACTERS = new Map<string, string>();
for (const variants of [
  '零〇',
  '一壹',
  '二贰两',
  '三叁',
  '四肆',
  '五伍',
  '六陆',
  '七柒',
  '八捌',
  '九玖',
  '十拾',
  '百佰',
  '千仟',
  '万',
  '亿',
]) {
  for (const variant of variants) PLAIN_CHARACTERS.set(variant, variants[0]!);
}

const DIGITS = '零一二三四五六七八九';
const LARGE_UNITS = [
  ['亿', 100_000_000n],
  ['万', 10_000n],
] as const;
const BELOW_TEN_THOUSAND =
  /^(?:([一二三四五六七八九])千)?(零)?(?:([一二三四五六七八九])百)?(零)?(?:([一二三四五六七八九])?(十))?(零)?([一二三四五六七八九])?$/;
const NUMERAL_LENGTH_MAX = 40;

/**
 * 一百二十三, 两千零五, 十万, 二〇二六, 三点一四; also 一百二 for 120 and 两万五 for 25000, as they are spoken.
 * @returns undefined where no well-formed one starts at `from`
 */
export function chineseNumeralAt(text: string, from: number): Numeral | undefined {
  const plain = plainCharacters(text, from);
  if (plain === '') return undefined;
  let end = from + plain.length;
  const isDigitString = [...plain].every((character) => DIGITS.includes(character));
  const whole = isDigitString ? digitByDigit(plain) : wholeNumber(plain)?.toString();
  if (!whole) return undefined;
  if (text[end] !== '点') return { digits: whole, end };

  const decimals = digitByDigit(plainCharacters(text, end + 1));
  end += 1 + decimals.length;
  return decimals ? { digits: `${whole}.${decimals}`, end } : undefined;
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

function digitByDigit(plain: string): string {
  return [...plain].map((character) => DIGITS.indexOf(character)).join('');
}

function wholeNumber(plain: string): bigint | undefined {
  for (const [unit, size] of LARGE_UNITS) {
    const at = plain.lastIndexOf(unit);
    if (at < 0) continue;
    const head = wholeNumber(plain.slice(0, at));
    const rest = belowUnit(plain.slice(at + 1), size);
    return head && rest !== undefined ? head * size + rest : undefined;
  }
  return belowTenThousand(plain);
}

function belowUnit(plain: string, unit: bigint): bigint | undefined {
  if (plain === '') return 0n;
  const spokenDigit = plain.length === 1 ? DIGITS.indexOf(plain) : -1;
  if (spokenDigit > 0) return (BigInt(spokenDigit) * unit) / 10n;
  const value = wholeNumber(plain);
  return value && value < unit ? value : undefined;
}

function belowTenThousand(plain: string): bigint | undefined {
  const match = BELOW_TEN_THOUSAND.exec(plain);
  if (!match || plain.endsWith('零')) return undefined;
  const [, thousands = '', , hundreds = '', , tens = '', ten, zeroBeforeOnes, ones = ''] = match;
  const digit = (character: string) => Math.max(DIGITS.indexOf(character), 0);
  const tensValue = ten ? digit(tens || '一') : 0;
  let onesUnit = 1;
  const hasGap = match[2] || match[4] || zeroBeforeOnes;
  if (ones && !ten && !hasGap) {
    if (hundreds) onesUnit = 10;
    else if (thousands) onesUnit = 100;
  }
  return BigInt(digit(thousands) * 1000 + digit(hundreds) * 100 + tensValue * 10 + digit(ones) * onesUnit);
}
