import { expect, test } from 'bun:test';
import { parseExposition } from './exposition.ts';

const counter = '# HELP a_total x\n# TYPE a_total counter\n';
const histogram = '# HELP h x\n# TYPE h histogram\n';

test('reads names, labels and values', () => {
  const text = `${counter}a_total{b="c\\"d\\\\,e",f="g"} 2\na_total 1e+21\n`;
  expect(parseExposition(text).get('a_total')).toEqual({
    name: 'a_total',
    type: 'counter',
    help: 'x',
    samples: [
      { name: 'a_total', labels: { b: 'c"d\\,e', f: 'g' }, value: 2 },
      { name: 'a_total', labels: {}, value: 1e21 },
    ],
  });
});

test.each([
  ['a_total 1\n', 'a sample without its type'],
  [`${counter}b_total 1\n`, 'a sample of another family'],
  [`${counter}a_total 1\na_total 2\n`, 'a series twice'],
  [`${counter}${counter}`, 'a family twice'],
  [`${counter}a_total 1`, 'no end of the last line'],
  [`${counter}a_total one\n`, 'no number'],
  [`${counter}a_total -1\n`, 'a negative count'],
  [`${counter}a_total{b=c} 1\n`, 'a label without quotes'],
  ['# HELP a x\n# TYPE a counter\na 1\n', 'a counter that is no total'],
  [`${histogram}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`, 'buckets that fall'],
  [`${histogram}h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 3\n`, 'a count that differs'],
  [`${histogram}h_bucket{le="1"} 1\nh_sum 1\nh_count 1\n`, 'no last bucket'],
])('refuses %#', (text) => {
  expect(() => parseExposition(text)).toThrow();
});
