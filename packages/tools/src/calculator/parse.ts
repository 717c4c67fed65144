import { ToolError } from '../tool.ts';
import { CONSTANTS } from './constants.ts';
import { BINARY_OPERATORS, type Expression } from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import { GrammarError, parseGrammar } from './grammar.ts';
import { EXPRESSION_CHARACTERS_MAX, NODES_MAX, PARENTHESES_DEPTH_MAX } from './limits.ts';

/**
 * Text to tree, through three filters: the characters that arithmetic needs and no others (so no strings, brackets, `=`, `;`),
 * then the grammar, then the whitelist of nodes, operators, functions and constants.
 *
 * @throws ToolError `invalid_expression` with the position counted from 1, or `expression_too_complex`
 */
export function parseExpression(text: string): Expression {
  if (text.length > EXPRESSION_CHARACTERS_MAX) {
    throw tooComplex(`is ${text.length} characters long; at most ${EXPRESSION_CHARACTERS_MAX} are read`);
  }
  const normalised = normalise(text);
  assertParentheses(normalised);
  assertNoGaps(normalised);
  const tree = parseTree(normalised);
  let nodeCount = 0;
  return convert(tree);

  function convert(node: SyntaxNode): Expression {
    if (++nodeCount > NODES_MAX) throw tooComplex(`has more than ${NODES_MAX} numbers and operators`);
    switch (node.type) {
      case 'Literal':
        return { kind: 'number', digits: String(node.raw) };
      case 'Identifier':
        return constant(String(node.name));
      case 'UnaryExpression':
        return unary(String(node.operator), convert(node.argument as SyntaxNode));
      case 'BinaryExpression': {
        const left = convert(node.left as SyntaxNode);
        const right = convert(node.right as SyntaxNode);
        return binary(String(node.operator), left, right);
      }
      case 'CallExpression':
        return call(node.callee as SyntaxNode, node.arguments as SyntaxNode[]);
      case 'Compound':
      case 'SequenceExpression':
        throw invalid('holds several expressions side by side: put an operator such as * between them');
      default:
        throw invalid('may hold numbers, operators, functions and constants only');
    }
  }

  function call(callee: SyntaxNode, args: SyntaxNode[]): Expression {
    if (callee.type !== 'Identifier') throw invalid('has a parenthesis after a value: write * between them');
    const name = String(callee.name);
    if (!FUNCTIONS.has(name)) throw unknownName(name);
    return { kind: 'call', name, arguments: args.map(convert) };
  }
}

type SyntaxNode = ReturnType<typeof parseGrammar>;

function unary(operator: string, operand: Expression): Expression {
  switch (operator) {
    case '+':
      return operand;
    case '-':
      return { kind: 'negation', operand };
    case '%':
      return { kind: 'percent', operand };
    case '!':
      return { kind: 'factorial', operand };
    default:
      throw invalid(`may not hold the operator "${operator}"`);
  }
}

function binary(symbol: string, left: Expression, right: Expression): Expression {
  const operator = BINARY_OPERATORS.find((known) => known === symbol);
  if (operator === undefined) throw invalid(`may not hold the operator "${symbol}"`);
  // 100 + 10% is 110 on a pocket calculator and 100.1 in mathematics; 1 + 10% is 1.1 on both.
  const isOne = left.kind === 'number' && left.digits === '1';
  const isAdded = operator === '+' || operator === '-';
  if (isAdded && right.kind === 'percent' && left.kind !== 'percent' && !isOne) {
    throw invalid(`says "${symbol} …%", which can mean two things: write 100 * 1.1 or 100 + 0.1`);
  }
  return { kind: 'binary', operator, left, right };
}

function constant(name: string): Expression {
  if (CONSTANTS.has(name)) return { kind: 'constant', name };
  if (FUNCTIONS.has(name))
    throw invalid(`names the function ${name} without its arguments: write ${name}(…)`);
  throw unknownName(name);
}

function parseTree(text: string): SyntaxNode {
  try {
    return parseGrammar(text);
  } catch (error) {
    const index = (error as { index?: unknown }).index;
    if (typeof index !== 'number') throw error;
    if (error instanceof GrammarError) throw invalid(`is unclear: ${error.message}`);
    const found = text[index];
    if (found === undefined) throw invalid('ends too early: a number is missing');
    const remedy = /[a-z]/.test(found) ? ': put an operator such as * before it' : '';
    throw invalid(`cannot be read: "${found}" at character ${index + 1} is unexpected${remedy}`);
  }
}

/** One character for one, so that positions stay those of the caller's text. */
function normalise(text: string): string {
  const ascii = text
    .replaceAll(/[×⋅·∙]/g, '*')
    .replaceAll('÷', '/')
    .replaceAll(/[−–]/g, '-')
    .replaceAll(/\s/g, ' ');
  assertCharacters(ascii);
  return ascii.toLowerCase();
}

function assertCharacters(text: string): void {
  if (text.trim() === '') throw invalid('is empty: give one such as 2*(3+4)');
  const foreign = /[^0-9A-Za-zπ.+\-*/^%!(), ]/u.exec(text);
  if (foreign) {
    throw invalid(
      `may not hold ${JSON.stringify(foreign[0])} (character ${foreign.index + 1}): ` +
        'use numbers, + - * / ^ % ! mod, parentheses, and functions such as sqrt(2)',
    );
  }
  const grouped = /\d,\d{3}(?!\d)/.exec(text);
  if (grouped) {
    throw invalid(
      `holds "${grouped[0]}", which can mean two things: write numbers without thousands separators, ` +
        'and arguments with a space after the comma',
    );
  }
}

function assertParentheses(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(') depth++;
    if (text[index] === ')') depth--;
    if (depth < 0) throw invalid(`closes a parenthesis at character ${index + 1} that was never opened`);
    if (depth > PARENTHESES_DEPTH_MAX) {
      throw tooComplex(`nests parentheses more than ${PARENTHESES_DEPTH_MAX} deep`);
    }
  }
  if (depth > 0)
    throw invalid(`leaves ${depth} ${depth === 1 ? 'parenthesis' : 'parentheses'} open: add ")"`);
}

/** Parentheses that call nothing and hold nothing; commas without a value on both sides. */
const GAP = /(?<!\b[a-z]\w*\s*)\(\s*\)|(?:^|[(,])\s*,|,\s*(?:[),]|$)/;

/** jsep ignores these: `2()` and `2,` would be 2. */
function assertNoGaps(text: string): void {
  const gap = GAP.exec(text);
  if (gap)
    throw invalid(`has nothing where a number belongs, at "${gap[0].trim()}" (character ${gap.index + 1})`);
}

function unknownName(name: string): ToolError {
  const known = [...FUNCTIONS.keys(), ...CONSTANTS.keys()].join(', ');
  return invalid(`may not hold the name ${JSON.stringify(name.slice(0, 32))}: known are ${known}`);
}

function invalid(predicate: string): ToolError {
  return new ToolError('invalid_expression', `The expression ${predicate}.`);
}

function tooComplex(predicate: string): ToolError {
  return new ToolError('expression_too_complex', `The expression ${predicate}: split it into several calls.`);
}
