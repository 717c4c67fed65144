import { matchAt } from './match-at.ts';
import { closingQuoteOf, startsQuote } from './quoted-text.ts';

/** `end` is the index after the path and its quotes. */
export interface FoundPath {
  path: string;
  end: number;
  /** Quoted, or with an extension or separator: it can only be a path. */
  isUnmistakable: boolean;
}

/** Ends at its extension, so that `notes.txt里` and `notes.txt，内容` need no space. */
const WITH_EXTENSION =
  /(?:[a-z]:[\\/])?[^\s"'`“”‘’「」『』<>|*?:,;，。；：、]{0,250}?\.[a-z0-9_]{1,12}(?![\w./\\-])/iy;
const WITHOUT_EXTENSION = /(?:[a-z]:[\\/])?[^\s"'`“”‘’「」『』<>|*?:,;，。；：、]+/iy;
/** Longer than any file system accepts. */
const PATH_LENGTH_MAX = 5_000;
const FULL_WIDTH_ASCII = /[！-～]/g;

/**
 * A path, taken literally: the file_writer tool decides where it leads.
 * @param until index at which to stop reading
 */
export function pathAt(prompt: string, at: number, until = prompt.length): FoundPath | undefined {
  if (startsQuote(prompt, at)) {
    const close = closingQuoteOf(prompt, at, at + PATH_LENGTH_MAX);
    if (close === undefined || close === at + 1) return undefined;
    return { path: prompt.slice(at + 1, close), end: close + 1, isUnmistakable: true };
  }
  const text = halfWidth(prompt.slice(at, Math.min(until, at + PATH_LENGTH_MAX)));
  const path = (matchAt(WITH_EXTENSION, text, 0) ?? matchAt(WITHOUT_EXTENSION, text, 0))?.text;
  if (path === undefined || path.includes('://')) return undefined;
  const isUnmistakable = /[/\\]|\.[a-z0-9_-]{1,16}$/i.test(path);
  return { path, end: at + path.length, isUnmistakable };
}

function halfWidth(text: string): string {
  return text.replace(FULL_WIDTH_ASCII, (character) =>
    /[：，；！？]/.test(character) ? character : String.fromCharCode(character.charCodeAt(0) - 0xfee0),
  );
}
