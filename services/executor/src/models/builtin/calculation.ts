import { CalculationGrammar } from './calculation-grammar.ts';
import { calculationTokens } from './calculation-tokens.ts';
import { Endings } from './endings.ts';
import { matchAt } from './match-at.ts';
import { notUnderstood, type Reading } from './reading.ts';
import { TokenCursor, UnreadableCalculation } from './token-cursor.ts';

/** Can only ask for a calculation: after these, even a single number counts as one. */
const COMMAND =
  '(?:calculate|compute|evaluate|calc|计算一下|计算出|计算下|计算|运算|计一下)(?![a-z])[ :,"`]*(?:(?:the )?(?:value|result|answer) of )?';
const QUESTION = `(?:(?:${[
  "what is|what's|whats|what are|what does|what do|what|how much is|how much are|how many is|how much",
  'solve for|solve|work out|figure out|find out|find|determine|simplify|do the math|math|calculation|equation|result of',
  '(?:the )?(?:value|result|answer) (?:of|to|for)',
].join('|')})(?![a-z'])|${[
  '算一下|算一算|算算|算下|算出|算|求解|求出|求一下|求|口算|心算|得出',
  '多少是|结果|答案|下面的算式|下列算式|这个算式|算式|表达式|数学题',
].join('|')})[ :,"\`]*`;
const LEADS = new RegExp(`(?:${COMMAND}|${QUESTION})*`, 'y');
const HAS_COMMAND = new RegExp(COMMAND);
const ANSWER_SOUGHT = new Endings(
  [
    '=|?|.|。|,| |"|`|equals|equal|equals what|equal to what|equal to|equals to|is equal to|is equal to what|is what|is|make|makes',
    '等于多少|等于几|等于什么|等于|是多少|是几|得多少|得几|得出多少|为多少|多少|是什么',
    '=几|是什么|的结果是|结果是|的结果|的值是|的值|的答案|的计算结果',
  ].flatMap((words) => words.split('|')),
);
/** The calculator reads 4,000; in words the same takes more. */
const FORMULA_LENGTH_MAX = 10_000;

/**
 * @param request folded and single-spaced, without courtesies
 * @returns undefined if any part of it is not a calculation: an answer to half a question is a wrong answer
 */
export function readCalculation(request: string): Reading | undefined {
  const leads = matchAt(LEADS, request, 0)!.text;
  const isCommand = HAS_COMMAND.test(leads);
  if (request.length > FORMULA_LENGTH_MAX) {
    return isCommand
      ? notUnderstood(`A calculation may have ${FORMULA_LENGTH_MAX} characters at most.`)
      : undefined;
  }
  const formula = withoutAnswerSought(request.slice(leads.length));
  if (looksLikeDate(formula)) return undefined;
  try {
    const tokens = calculationTokens(formula);
    if (!tokens || tokens.length === 0) return undefined;
    const cursor = new TokenCursor(tokens);
    const { text } = new CalculationGrammar(cursor).read();
    if (!isCommand && cursor.operations === 0) return undefined;
    return { kind: 'request', tool: 'calculator', arguments: { expression: text } };
  } catch (error) {
    if (!(error instanceof UnreadableCalculation)) throw error;
    return error.reason === undefined ? undefined : notUnderstood(error.reason);
  }
}

function withoutAnswerSought(request: string): string {
  let formula = request;
  for (;;) {
    const tail = ANSWER_SOUGHT.find(formula);
    if (tail === undefined) return formula;
    formula = formula.slice(0, -tail.length);
  }
}

/** 2026-11-23 and 11/23/2026 are dates: nobody who writes one alone wants the difference. */
function looksLikeDate(formula: string): boolean {
  return /^(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4})$/.test(formula);
}
