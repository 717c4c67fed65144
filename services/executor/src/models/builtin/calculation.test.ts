import { describe, expect, test } from 'bun:test';
import { calculator } from '@millrace/tools';
import { readToolRequest } from './index.ts';

/** An expression, then prompts that mean it. */
const UNDERSTOOD: Record<string, string[]> = {
  '1+1': [
    '1+1',
    ' 1 + 1 ',
    '1+1=?',
    '1 + 1 = ?',
    '计算 1+1',
    '计算 １＋１',
    '计算：1＋1＝？',
    '1加1等于几？',
    '一加一',
    '1+1等于多少',
  ],
  '2+3': [
    'please calculate 2 plus 3',
    'what is 2+3?',
    "What's two plus three",
    'tell me what 2+3 is',
    'add 2 and 3',
    '2和3的和',
  ],
  '2*(3+4)': [
    'calculate 2*(3+4)',
    '2*(3+4) =',
    '２×（３＋４）',
    'Evaluate 2 × (3 + 4).',
    '2乘以(3加4)',
    'what does 2 * (3+4) equal?',
  ],
  '3^2': [
    '帮我算一下 3 的平方',
    '請幫我算一下三的平方',
    'three squared',
    '3 to the 2nd power',
    'three to the second power',
    '3²',
    '3**2',
    '3 to the power of 2',
    'square of 3',
  ],
  '10^23': ['10²³', 'what is 10²³?'],
  '2^10': [
    '2¹⁰',
    '2的10次方',
    '二的十次方是多少',
    '2 to the 10th power',
    '2 raised to the power of ten',
    '2^10',
  ],
  'sqrt(16)': ['16的平方根是多少', '根号16', '√16', '16开方', 'what is the square root of 16', 'sqrt(16)'],
  'sqrt(16)+sqrt(9)': ['16开方加9开方', '16的平方根加9的平方根'],
  'sqrt((9+16))': ['(9+16)开方'],
  'sqrt(16)+9': ['square root of 16 plus 9', '根号16加9'],
  'cbrt(27)': ['27的立方根', 'cube root of 27', '27开立方'],
  'factorial(3)': ['3的阶乘！', '3!', '3!是多少！'],
  'factorial(5)': ['5!', '5的阶乘', '5的階乘', '5 factorial', 'factorial of five'],
  '10/2': [
    '10除以2',
    '2除10',
    '用2除10',
    '10 divided by 2',
    '10 over 2',
    '10 ÷ 2',
    'divide 10 by 2',
    '10与2的商',
    'half of 10',
    '10的一半',
  ],
  '10-3': ['10减3', '10減去3', '10 minus 3', 'subtract 3 from 10', '10和3的差', '10 − 3'],
  'abs(10-3)': ['difference between 10 and 3', 'what is the difference between 10 and 3?'],
  'abs(3-10)': ['the difference between 3 and 10'],
  '3-10': ['3减10', '3减10的差', 'subtract 10 from 3'],
  '10 mod 3': [
    '10 % 3',
    '10 mod 3',
    '10除以3的余数',
    '10除以3餘幾',
    '10对3取余',
    'remainder when 10 is divided by 3',
  ],
  '15*200/100': ['15% of 200', 'how much is 15 percent of 200', '200的百分之十五', '200的15%是多少'],
  '20/100*50': ['百分之二十乘以50', '20% * 50'],
  '1/3+2/3': ['三分之一加三分之二', '1/3 + 2/3'],
  '123*2': ['一百二十三乘以二', 'one hundred and twenty-three times two', '123 x 2', '123x2'],
  '2000+100000': ['两千加十万', '兩千加十萬', 'two thousand plus one hundred thousand', '2千加10万'],
  '1000+2': ['1,000 + 2', '1，000＋2', 'one thousand plus two'],
  '(-3)^2': ['负三的平方', '負三的平方'],
  '-3+2': ['negative three plus two', '-3+2', '负三加二'],
  '3.5*2': ['三点五乘二', '3.5 times 2', 'three point five times two'],
  '(3+5)*2': ['3和5的和乘以2', '(3+5)*2'],
  '1+2+3': ['sum of 1, 2 and 3', 'total of 1, 2 and 3', '1、2、3的和', 'add 1, 2 and 3'],
  'max(1, 2)': ['max(1, 2)'],
  '1e3+2.5e-2': ['1e3 + 2.5e-2', '1E3+2.5E-2'],
  'mod(10, 3)': ['mod(10, 3)'],
  '10 mod (3)': ['10 mod (3)', '10 mod(3)', '10mod(3)等于多少'],
  '10 mod max(2, 3)': ['10 % max(2, 3)'],
  '10 mod (3+1)': ['10 mod (3+1)'],
  'factorial(2+3)': ['factorial(2+3)'],
  'sqrt(144)': ['sqrt 144', 'sqrt(144)'],
  'abs(-5)+1': ['the absolute value of -5 plus 1', '负5的绝对值加1'],
  '2^(-3)': ['2的-3次方', '2的负三次方'],
  '2*90/3': ['two thirds of 90', '2 thirds of 90'],
  '1/4+3/4': ['one quarter plus three quarters'],
  '200/3': ['two hundred thirds'],
  '14/7': ['one seventh of 14'],
  '2/9+1/9': ['two ninths plus one ninth'],
  '8*200/10': ['200打八折是多少', '200的8折', '两百打八折后是多少'],
  '8*(100+200)/10-20': ['(100+200)打八折减20'],
  '85*200/100': ['200打八五折', '200打85折', '200的八五折'],
  '7.5*200/10+1': ['200打7.5折加1', '200打七点五折加一'],
  '200/2': ['200打对折', '两百的一半'],
  '98/2': ['one half of 98', 'half of 98'],
  '1/2+3/2': ['one half plus three halves'],
  '3*80/4': ['3/4 of 80', 'three quarters of 80'],
  '90/3+1': ['1/3 of 90 plus 1'],
  '5*20000/10000': ['两万的万分之五'],
  '(2/3)/2': ['(2/3)的一半'],
  '10/2^2': ['10除以2的平方', '10÷2的平方', '10/2²', '10 / 2 squared'],
  'sqrt((9/16))': ['square root of (9/16)', '根号(9/16)'],
  'sqrt(16)/4': ['√16/4', '根号16÷4', 'square root of 16 / 4'],
  '1/2/3': ['1 / 2 / 3', '1/2/3'],
  '20/(1/2)': ['20 divided by (1/2)', '20除以二分之一', '20 divided by one half'],
  '6/3': ['6/3的商'],
  '90/3': ['a third of 90', 'one third of 90', '90的三分之一'],
  'gcd(gcd(12, 18), 27)': ['gcd of 12, 18 and 27', '12、18和27的最大公约数'],
  'lcm(4, 6)': ['the least common multiple of 4 and 6', '4和6的最小公倍数是多少'],
  'max(3, 5)': ['the larger of 3 and 5', '3和5的最大值', 'max of 3 and 5'],
  '(1+2+6)/3': ['average of 1, 2 and 6', 'the mean of 1, 2, 6', '1、2、6的平均数'],
  '5*5': [
    'calculate "5*5"',
    'what is `5*5`?',
    '5*5=几',
    '5*5等于什么',
    '5*5的答案是什么',
    'what does 5*5 equal to?',
  ],
  '100*(1+5/100)^2': ['100*(1+5%)^2', '100乘以(1加5%)的平方'],
  '1-20/100': ['1 - 20%', '1减百分之二十'],
  '50/100-20/100': ['50% - 20%'],
  '(10/100)-3': ['(10%) - 3'],
  '10/100-3': ['10 percent minus 3', '10% minus 3', '10% 减 3'],
  '200*(15/100)-10': ['200 times 15% minus 10', '200乘以15%减10'],
  'sqrt(25/100)': ['what is the square root of 25%', '√25%', '根号25%', '25%的平方根'],
  '(10/100)^2': ['the square of 10%', '10% squared'],
  '50/100/2': ['half of 50 percent'],
  'sqrt(10) mod 3': ['square root of 10 % 3'],
  '35000': ['计算三点五万'],
  '3000000+1': ['3百万加1', '三百万加一'],
  '50000000/2': ['5千万除以2', '0.5亿除以2'],
  '200000000000+1': ['2千亿加1', '两千亿加一'],
  '2500000+1': ['two point five million plus one', '二百五十万加一'],
  '250000000/2': ['二点五亿除以二', '2.5亿除以2'],
  '42': ['calculate 42', '计算四十二'],
  '1/0': ['calculate 1/0'],
};

describe('calculations', () => {
  for (const [expression, prompts] of Object.entries(UNDERSTOOD)) {
    test.each(prompts)(`${expression} ← %s`, (prompt) => {
      expect(readToolRequest(prompt)).toEqual({
        kind: 'request',
        tool: 'calculator',
        arguments: { expression },
      });
    });
  }
});

describe('the calculator understands each expression as it was written', () => {
  const context = { taskId: 'unused', workspaceRoot: '/nowhere', signal: new AbortController().signal };
  const calculate = (expression: string) => calculator.run({ expression }, context);

  test('for 500 random expressions', () => {
    let state = 7;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const expression = (depth: number): string => {
      const pick = depth === 0 ? 0 : random(6);
      if (pick === 0) return String(random(20) + 1);
      if (pick === 1) return `(${expression(depth - 1)})`;
      if (pick === 2) return `-${expression(0)}`;
      if (pick === 3) return `${expression(0)}^${random(4)}`;
      return `${expression(depth - 1)} ${'+-*/'[random(4)]} ${expression(depth - 1)}`;
    };
    for (let count = 0; count < 500; count++) {
      const written = `${expression(4)} + 1`;
      const read = readToolRequest(written);
      if (read.kind !== 'request' || read.tool !== 'calculator')
        throw new Error(`not understood: ${written}`);
      const outcome = (text: string) => {
        try {
          return calculate(text);
        } catch (error) {
          return String(error);
        }
      };
      expect(outcome(read.arguments.expression)).toBe(outcome(written));
    }
  });
});
