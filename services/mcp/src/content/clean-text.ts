/**
 * Everything that can hide something from the reader or steer a terminal: control characters but for line break and tab, those that
 * change the direction of text or have no width, and the tag characters, which models read and people don't see. The joiners of emoji
 * and scripts, U+200C and U+200D, stay.
 */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The same text without hidden characters, its line breaks as LF. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(HIDDEN, '');
}

/** On one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, ' ').trim();
}

/** As much of the beginning as fits into so many bytes of UTF-8, whole characters only. */
export function cutToBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}

/** Names and codes are words, whoever made them up: one that is not is somebody's text in the wrong place. */
export function plainName(text: string): string {
  return /^[\w.:/-]{1,128}$/.test(text) ? text : '(not a name)';
}
