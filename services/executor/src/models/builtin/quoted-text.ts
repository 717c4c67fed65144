const CLOSING_QUOTES: Record<string, string> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '＂': '＂',
  '＇': '＇',
  '“': '”',
  '‘': '’',
  '「': '」',
  '『': '』',
};

export function startsQuote(text: string, at: number): boolean {
  return (text[at] ?? '') in CLOSING_QUOTES;
}

/**
 * The index of the quote that closes the one at `open`. Quotes inside may nest (`"he said "hi" to me"`): a straight
 * one opens where a word begins. An apostrophe between letters and a quote after a backslash are text.
 * @returns undefined where it is not closed before `until`
 */
export function closingQuoteOf(text: string, open: number, until = text.length): number | undefined {
  const opening = text[open]!;
  const closing = CLOSING_QUOTES[opening]!;
  let depth = 1;
  for (let at = open + 1; at < Math.min(until, text.length); at++) {
    const character = text[at];
    if (character !== opening && character !== closing) continue;
    if (isPlainText(text, at)) continue;
    const opens = opening === closing ? beginsWord(text, at, open) : character === opening;
    depth += opens ? 1 : -1;
    if (depth === 0) return at;
  }
  return undefined;
}

function isPlainText(text: string, at: number): boolean {
  const before = text[at - 1] ?? '';
  if (before === '\\') return true;
  return /['’＇]/.test(text[at]!) && /[\p{L}\p{N}]/u.test(before) && /[a-z]/i.test(text[at + 1] ?? '');
}

function beginsWord(text: string, at: number, open: number): boolean {
  const before = text[at - 1]!;
  const after = text[at + 1] ?? ' ';
  return at - 1 > open && /[\s([{<,:;=>]/.test(before) && !/[\s)\]},.:;!?]/.test(after);
}
