import { TRADITIONAL_TO_SIMPLIFIED } from './traditional-characters.ts';

const SINGLE_CHARACTERS: Record<string, string> = {
  '×✕✖∗⋅·•∙': '*',
  '∕⁄': '/',
  '−–—﹣': '-',
  '’ʼ′': "'",
  '　\u00a0\u2007\u2009\u202f': ' ',
  '﹢': '+',
  '﹖': '?',
  '﹕∶': ':',
};

const FOLDED = foldingTable();

/** The table would only change the case of these, at which the engine is faster. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** UTF-16 code unit → its folded form. */
function foldingTable(): Uint16Array {
  const table = Uint16Array.from({ length: 0x10000 }, (_, code) => code);
  const map = (from: string, to: string) => {
    table[from.charCodeAt(0)] = to.charCodeAt(0);
  };
  for (let code = 0x21; code <= 0x7e; code++) {
    const lower = String.fromCharCode(code).toLowerCase();
    map(String.fromCharCode(code), lower);
    map(String.fromCharCode(code + 0xfee0), lower);
  }
  for (const [variants, to] of Object.entries(SINGLE_CHARACTERS)) {
    for (const variant of variants) map(variant, to);
  }
  for (let at = 0; at < TRADITIONAL_TO_SIMPLIFIED.length; at += 2) {
    map(TRADITIONAL_TO_SIMPLIFIED[at]!, TRADITIONAL_TO_SIMPLIFIED[at + 1]!);
  }
  return table;
}

/**
 * Lower case, half width, simplified characters and one sign per operator, so that vocabularies need one spelling.
 * The result has the length of the input: an index into one is an index into the other.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) units[at] = FOLDED[text.charCodeAt(at)]!;
  return Buffer.from(units.buffer).toString('utf16le');
}

/** One space for each run of white space, none at the ends. */
export function singleSpaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
