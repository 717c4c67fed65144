/**
 * Each kind of token, with its phrases by the text that the grammar in calculation-grammar.ts gets for them:
 * `prefix` applies its text to the operand after it (`square root of 9`), `postfix` to the one before it (`9的平方根`);
 * `part` and `one-part` make a fraction of the number before them (`two thirds`, `one third`);
 * `aggregate` and `joined` combine a list (`the sum of 2 and 3`, `2和3的和`); `imperative` opens a whole
 * calculation (`add 2 and 3`).
 */
const PHRASES = {
  add: { '+': '+|plus|added to|加上|加', '-': '-|minus|减去|减掉|减' },
  multiply: {
    '*': '*|times|multiplied by|multiplied with|乘以|乘上|乘',
    '/': '/|÷|over|divided by|is divided by|除以|除于',
    ' mod ': 'mod|modulo|modulus|模|取模|取余|求余',
  },
  'times-letter': { x: 'x' },
  power: { '^': '^|**|to the power of|raised to the power of|to the power|raised to the power|raised to' },
  divides: { '/': '除|去除' },
  using: { by: '用' },
  toward: { 对: '对' },
  remainder: { ' mod ': '的余数|余数|余几|余' },
  'remainder-of': { ' mod ': 'remainder of|remainder when' },
  negative: { english: 'negative', chinese: '负' },
  prefix: {
    sqrt: 'square root of|square root|sqrt of|sqrt|root of|根号下|根号|开根号|√',
    cbrt: 'cube root of|cubed root of|∛',
    factorial: 'factorial of',
    '^2': 'square of',
    '^3': 'cube of',
    '/2': 'half of|a half of',
    '/3': 'a third of',
    '/4': 'a quarter of',
    '*2': 'twice|double',
    abs: 'absolute value of',
  },
  postfix: {
    '^2': 'squared|的平方|平方|的二次方',
    '^3': 'cubed|的立方|立方',
    sqrt: '的平方根|的算术平方根|平方根|的二次方根|开平方根|开平方|开根号|开方|的开方',
    cbrt: '的立方根|立方根|的三次方根|开立方|开立方根|开三次方',
    factorial: 'factorial|的阶乘|阶乘',
    '/2': '的一半',
    abs: '的绝对值',
  },
  'power-suffix': { '^': '次方|次幂' },
  percent: { '%': '%|percent|per cent' },
  part: { '2': 'halves', '4': 'quarters' },
  'one-part': { '2': 'half', '4': 'quarter' },
  per: { '100': '百分之', '1000': '千分之', '10000': '万分之' },
  fraction: { '/': '分之' },
  fold: { '*': '倍' },
  discounted: { 打: '打', '/2': '打对折' },
  discount: { 折: '折后|折' },
  aggregate: {
    '+': 'sum of|total of',
    '-': 'difference of',
    distance: 'difference between',
    '*': 'product of',
    '/': 'quotient of',
    max: 'maximum of|max of|largest of|larger of|greater of',
    min: 'minimum of|min of|smallest of|smaller of',
    mean: 'average of|mean of',
    gcd: 'greatest common divisor of|gcd of',
    lcm: 'least common multiple of|lcm of',
  },
  joined: {
    '+': '的和|之和|的总和|相加|加起来|加在一起',
    '-': '的差|之差|相减',
    '*': '的积|的乘积|之积|相乘|乘起来',
    '/': '的商|之商|相除',
    max: '的最大值|中的最大值|中最大的',
    min: '的最小值|中的最小值|中最小的',
    mean: '的平均数|的平均值|的平均',
    gcd: '的最大公约数|的最大公因数',
    lcm: '的最小公倍数',
  },
  imperative: { '+': 'add', '-': 'subtract', '*': 'multiply', '/': 'divide' },
  and: { and: 'and|和|与|跟|、' },
  preposition: { to: 'to', from: 'from', by: 'by' },
  of: { of: 'of', 的: '的|之' },
  open: { '(': '(' },
  close: { ')': ')' },
  comma: { ',': ',' },
  factorial: { '!': '!' },
  constant: { pi: 'pi|π|圆周率', e: 'e' },
};

/** Numbers and names of functions are recognised by their form. */
export type TokenKind = keyof typeof PHRASES | 'number' | 'function';

/** Kinds whose phrases may follow `the`. */
const AFTER_ARTICLE: readonly TokenKind[] = ['prefix', 'remainder-of', 'aggregate'];

export const ORDINALS: ReadonlyMap<string, number> = new Map(
  'second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth'
    .split('|')
    .map((ordinal, index) => [ordinal, index + 2]),
);

export interface Meaning {
  kind: TokenKind;
  text: string;
}

/** Phrase → what it means. */
export const VOCABULARY = new Map<string, Meaning>();
for (const [kind, meanings] of Object.entries(PHRASES) as [TokenKind, Record<string, string>][]) {
  for (const [text, phrases] of Object.entries(meanings)) {
    for (const phrase of phrases.split('|')) {
      VOCABULARY.set(phrase, { kind, text });
      if (AFTER_ARTICLE.includes(kind)) VOCABULARY.set(`the ${phrase}`, { kind, text });
    }
  }
}
for (const [ordinal, value] of ORDINALS) {
  if (ordinal === 'second') continue;
  VOCABULARY.set(ordinal, { kind: 'one-part', text: `${value}` });
  VOCABULARY.set(`${ordinal}s`, { kind: 'part', text: `${value}` });
}
