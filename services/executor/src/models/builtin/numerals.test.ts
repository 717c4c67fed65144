import { describe, expect, test } from 'bun:test';
import { chineseNumeralAt } from './chinese-numerals.ts';
import { englishNumeralAt } from './english-numerals.ts';
import { shiftPoint } from './numeral.ts';

const SAMPLES = [
  ...Array(2101).keys(),
  9999,
  10_000,
  10_001,
  10_010,
  20_500,
  100_000,
  123_456,
  1_000_001,
  1_020_300,
];

function inChinese(value: number): string {
  if (value >= 10_000) {
    const rest = value % 10_000;
    const gap = rest > 0 && rest < 1000 ? '零' : '';
    return `${inChinese(Math.floor(value / 10_000))}万${gap}${rest ? inChinese(rest) : ''}`;
  }
  if (value < 10) return '零一二三四五六七八九'[value]!;
  const size = value >= 1000 ? 1000 : value >= 100 ? 100 : 10;
  const rest = value % size;
  const gap = rest > 0 && rest < size / 10 ? '零' : '';
  const unit = { 1000: '千', 100: '百', 10: '十' }[size];
  return `${inChinese(Math.floor(value / size))}${unit}${gap}${rest ? inChinese(rest) : ''}`;
}

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function inEnglish(value: number): string {
  if (value < 20) return ONES[value]!;
  if (value < 100) return TENS[Math.floor(value / 10)]! + (value % 10 ? `-${ONES[value % 10]}` : '');
  const [size, name] =
    value >= 1_000_000 ? [1_000_000, 'million'] : value >= 1000 ? [1000, 'thousand'] : [100, 'hundred'];
  const rest = value % (size as number);
  const joint = rest === 0 ? '' : rest < 100 ? ' and ' : ' ';
  return `${inEnglish(Math.floor(value / (size as number)))} ${name}${joint}${rest ? inEnglish(rest) : ''}`;
}

describe('numerals', () => {
  test('every sample is read back from Chinese', () => {
    for (const value of SAMPLES) {
      const text = inChinese(value);
      expect({ text, ...chineseNumeralAt(text, 0) }).toEqual({
        text,
        digits: String(value),
        end: text.length,
      });
    }
  });

  test('every sample is read back from English, with hyphens and without', () => {
    for (const value of SAMPLES) {
      for (const text of [inEnglish(value), inEnglish(value).replaceAll('-', ' ')]) {
        expect({ text, ...englishNumeralAt(text, 0) }).toEqual({
          text,
          digits: String(value),
          end: text.length,
        });
      }
    }
  });

  test.each([
    ['十', '10'],
    ['两万五', '25000'],
    ['一百二', '120'],
    ['一万零二百五', '10250'],
    ['一百万零一千', '1001000'],
    ['二〇二六', '2026'],
    ['贰佰叁拾', '230'],
    ['三万亿', '3000000000000'],
    ['零点二五', '0.25'],
  ])('Chinese %s is %s', (text, digits) => {
    expect(chineseNumeralAt(text, 0)).toEqual({ digits, end: text.length });
  });

  test.each(['百', '万', '十十', '一百千', '三点', '三点十', '一百零', 'abc', ''])(
    'not a Chinese numeral: “%s”',
    (text) => {
      expect(chineseNumeralAt(text, 0)).toBeUndefined();
    },
  );

  test.each([
    ['a hundred', '100'],
    ['a trillion and one', '1000000000001'],
    ['three point one four', '3.14'],
    ['twelve hundred', '1200'],
    ['two million three thousand', '2003000'],
  ])('English %s is %s', (text, digits) => {
    expect(englishNumeralAt(text, 0)).toEqual({ digits, end: text.length });
  });

  test.each(['twenty twenty', 'one two', 'thousand', 'five hundred hundred', 'point five', ''])(
    'not an English numeral: “%s”',
    (text) => {
      expect(englishNumeralAt(text, 0)).toBeUndefined();
    },
  );

  test('a decimal point is shifted exactly', () => {
    expect([shiftPoint('1.5', 4), shiftPoint('3', 8), shiftPoint('0.12345', 2), shiftPoint('0', 4)]).toEqual([
      '15000',
      '300000000',
      '12.345',
      '0',
    ]);
  });
});
