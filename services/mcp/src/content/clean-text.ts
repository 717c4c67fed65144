/**
 * Everything that can hide something from the reader or control a terminal: control characters except line
 * feed and tab, and whatever is invisible or changes the direction of text, such as tag characters and
 * variation selectors, which models read and people do not see. What joins and shapes emoji and scripts
 * stays: U+200C and U+200D, U+FE0E and U+FE0F, U+180B to U+180D.
 */
const HIDDEN =
  /(?!\p{Join_Control}|\ufe0e|\ufe0f|\u180b|\u180c|\u180d)[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029\ufff9-\ufffb]|(?![\n\t])\p{Cc}/gu;

/** The same text without hidden characters, its line breaks as LF. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(HIDDEN, '');
}

/** On one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}

/** On one line, cut to `lengthMax` UTF-16 code units without splitting a character. */
export function shortLine(text: string, lengthMax: number): string {
  const line = cleanLine(text);
  return line.length > lengthMax ? `${line.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '')}…` : line;
}

/** The longest beginning that fits into `bytesMax` bytes of UTF-8, whole characters only. */
export function cutToBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}

/** Names and codes are single words, whoever chose them: anything else is text in the wrong place. */
export function plainName(text: string): string {
  return /^[\w.:/-]{1,128}$/.test(text) ? text : '(not a name)';
}
