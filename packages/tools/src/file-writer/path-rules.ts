import { ToolError } from '../tool.ts';
import { isTemporaryName } from './temporary-name.ts';

const PATH_BYTES_MAX = 1_024;
const SEGMENT_BYTES_MAX = 255;
const SEGMENTS_MAX = 16;

/** Controls, line separators, and the marks that reverse the direction of text and so disguise a name. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** Device names of Windows, with or without an extension: writing there reaches a device, not a file. */
const RESERVED_NAME = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\s*\..*)?$/i;

/**
 * Splits a caller's path into its segments, the file's name last. The rules are those of the strictest platform,
 * so that a path accepted on one executor is accepted on all. Names differing only in case are the same file on macOS
 * and Windows, and different ones on Linux; names are brought to Unicode's composed form.
 *
 * @throws ToolError `invalid_path`
 */
export function parsePath(path: string): string[] {
  const refuse = (fault: string, remedy: string) =>
    new ToolError('invalid_path', `path ${quotePath(path)} ${fault}: ${remedy}.`);
  const example = 'give a relative path such as "notes/today.txt"';

  if (path === '') throw refuse('is empty', example);
  if (!path.isWellFormed()) throw refuse('holds half of a surrogate pair', 'give valid Unicode text');
  const normalised = path.normalize('NFC');
  if (Buffer.byteLength(normalised) > PATH_BYTES_MAX) {
    throw refuse(`is longer than ${PATH_BYTES_MAX} bytes`, 'shorten it');
  }
  if (UNPRINTABLE.test(normalised))
    throw refuse('holds a control character', 'use printable characters only');
  if (normalised.includes('\\')) throw refuse('holds a backslash', 'separate folders with "/"');
  if (normalised.startsWith('/') || /^[a-z]:/i.test(normalised)) throw refuse('is absolute', example);
  if (normalised.startsWith('~')) throw refuse('starts with "~", which is not a home folder here', example);
  if (/[<>:"|?*]/.test(normalised)) throw refuse('holds one of < > : " | ? *', 'leave those characters out');

  const segments = normalised.split('/');
  if (segments.length > SEGMENTS_MAX)
    throw refuse(`is more than ${SEGMENTS_MAX} levels deep`, 'use fewer folders');
  for (const segment of segments) {
    if (segment === '') throw refuse('has an empty part', 'use single slashes and end with a file name');
    if (segment === '..') throw refuse('holds ".."', 'stay inside the workspace folder');
    if (segment === '.') throw refuse('holds "."', 'leave it out');
    if (/[. ]$/.test(segment)) throw refuse('has a part that ends in a dot or a space', 'end it otherwise');
    if (RESERVED_NAME.test(segment))
      throw refuse(`uses the reserved name ${quotePath(segment)}`, 'choose another');
    if (isTemporaryName(segment)) throw refuse('uses a name kept for temporary files', 'choose another');
    if (Buffer.byteLength(segment) > SEGMENT_BYTES_MAX) {
      throw refuse(`has a part longer than ${SEGMENT_BYTES_MAX} bytes`, 'shorten it');
    }
  }
  return segments;
}

function quotePath(path: string): string {
  return JSON.stringify(path.length > 100 ? `${path.slice(0, 100)}…` : path);
}
