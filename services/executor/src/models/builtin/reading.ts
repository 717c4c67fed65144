/** What a prompt was read as: one call of one tool, with the arguments that the tool's own schema describes, or nothing. */
export type Reading =
  | { kind: 'request'; tool: 'calculator'; arguments: { expression: string } }
  | { kind: 'request'; tool: 'time'; arguments: { timezone?: string } }
  | { kind: 'request'; tool: 'file_writer'; arguments: { path: string; content: string } }
  /** `message` says what was not understood, and what would be. */
  | { kind: 'not_understood'; message: string };

export const WHAT_IS_UNDERSTOOD =
  'The builtin model understands three requests, in English and Chinese: ' +
  'a calculation (calculate 2*(3+4), 计算 1+1), ' +
  'the time or date somewhere (what time is it in Tokyo, 现在几点), ' +
  'and writing a text to a file (write "hi" to notes.txt, 把“你好”写入 notes.txt). ' +
  'Ask for one of these alone, or choose a language model, which operators add with MODELS.';

/** @param reason a full sentence about this prompt, if there is more to say than that nothing matched */
export function notUnderstood(reason = 'This prompt is none of the requests known here.'): Reading {
  return { kind: 'not_understood', message: `${reason} ${WHAT_IS_UNDERSTOOD}` };
}
