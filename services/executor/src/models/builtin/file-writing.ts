import { type FoundPath, pathAt } from './file-paths.ts';
import {
  DESTINATION,
  DESTINATION_END,
  PATH_FIRST_PATTERNS,
  TEXT_FIRST,
  unquotedDestinations,
} from './file-writing-phrases.ts';
import { matchAt } from './match-at.ts';
import { closingQuoteOf, startsQuote } from './quoted-text.ts';
import { notUnderstood, type Reading } from './reading.ts';
import { isDescription, saysOnlyWhere } from './unquoted-text.ts';

/** The prompt, the same folded (normalise.ts) and the part of it that is left without courtesies. */
export interface Source {
  prompt: string;
  folded: string;
  start: number;
  end: number;
}

const QUOTES_NEEDED =
  'Put the text to write in quotes: the builtin model writes it as it stands and composes nothing.';

/**
 * Content is what stands in the prompt, character for character: nothing in it is folded, unescaped or interpreted.
 * @returns undefined when the request is not for writing a file
 */
export function readFileWriting(source: Source): Reading | undefined {
  return readPathFirst(source) ?? readTextFirst(source);
}

/** create a file notes.txt with content "hi" · 写入 notes.txt：你好 */
function readPathFirst(source: Source): Reading | undefined {
  const { prompt, folded, start } = source;
  for (const { opening, connection } of PATH_FIRST_PATTERNS) {
    const opened = matchAt(opening, folded, start);
    if (!opened) continue;
    const found = pathAt(prompt, opened.end);
    if (!found || !(found.isUnmistakable || opened.groups.file)) continue;
    if (opened.groups.empty && found.end >= source.end) return write(found.path, '');
    const connected = matchAt(connection, folded, found.end);
    if (!connected) continue;
    return readRemainder(
      source,
      found.path,
      connected.end,
      folded.slice(found.end, connected.end).includes(':'),
    );
  }
  return undefined;
}

function readRemainder(
  { prompt, folded, end }: Source,
  path: string,
  from: number,
  isAfterColon: boolean,
): Reading | undefined {
  if (startsQuote(prompt, from)) {
    const close = closingQuoteOf(prompt, from);
    const isLast = close !== undefined && (close + 1 >= end || saysOnlyWhere(folded.slice(close + 1, end)));
    if (isLast) return write(path, prompt.slice(from + 1, close));
    if (!isAfterColon) return undefined;
  }
  // A colon opens a text that runs to the end, whatever it says.
  if (isAfterColon) return from < prompt.length ? write(path, prompt.slice(from)) : undefined;
  const isThanked = /[a-z\u4e00-\u9fff]/.test(folded.slice(end));
  if (isThanked || isDescription(folded.slice(from))) return notUnderstood(QUOTES_NEEDED);
  const content = prompt.slice(from).trim();
  return content === '' ? undefined : write(path, content);
}

/** write "hi" to notes.txt · 把“你好”写入 notes.txt */
function readTextFirst(source: Source): Reading | undefined {
  const { prompt, folded, start, end } = source;
  const opened = matchAt(TEXT_FIRST, folded, start);
  if (!opened) return undefined;
  const from = opened.end;
  if (startsQuote(prompt, from)) {
    const close = closingQuoteOf(prompt, from);
    if (close === undefined) return undefined;
    const found = destinationAt(source, close + 1);
    return found && write(found.path, prompt.slice(from + 1, close));
  }
  const text = folded.slice(0, end);
  const at = lastDestination(text, unquotedDestinations(folded.slice(start, from)));
  if (at <= from) return undefined;
  const found = destinationAt(source, at);
  if (!found) return undefined;
  if (isDescription(text.slice(from, at))) return notUnderstood(QUOTES_NEEDED);
  return write(found.path, prompt.slice(from, at).trim());
}

/** Of words that end alike, such as 写入到 and 到, the longest is meant. */
function lastDestination(text: string, destinations: readonly string[]): number {
  let last = { at: -1, end: -1 };
  for (const words of destinations) {
    const at = text.lastIndexOf(words);
    const end = at + words.length;
    if (at >= 0 && (end > last.end || (end === last.end && at < last.at))) last = { at, end };
  }
  return last.at;
}

/** `to the file notes.txt` and nothing after it. */
function destinationAt({ prompt, folded, end }: Source, at: number): FoundPath | undefined {
  const destination = matchAt(DESTINATION, folded, at);
  if (!destination) return undefined;
  const found = pathAt(prompt, destination.end, end);
  if (!found || !(found.isUnmistakable || destination.groups.file)) return undefined;
  const closed = matchAt(DESTINATION_END, folded, found.end);
  return found.end >= end || (closed && closed.end >= end) ? found : undefined;
}

function write(path: string, content: string): Reading {
  return { kind: 'request', tool: 'file_writer', arguments: { path, content } };
}
