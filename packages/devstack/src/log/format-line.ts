import { type Paint, plain } from './paint.ts';

const printedCharsMax = 8 * 1024;

// Already in the prefix, or of no use to a person reading along.
const unprinted = new Set(['level', 'time', 'name', 'msg', 'pid', 'hostname', 'err']);

/**
 * A child's log line in readable form. Our services' JSON becomes `18:36:24 INFO  message key=value`, with an error's
 * stack on separate lines; everything else passes through, without control characters.
 */
export function formatLine(line: string, paint: Paint = plain): string[] {
  const record = parseRecord(line);
  const text = record ? formatRecord(record, paint) : sanitize(line, paint !== plain);
  return text.split('\n').map(shorten);
}

function parseRecord(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    return 'msg' in record && 'level' in record ? record : null;
  } catch {
    return null;
  }
}

function formatRecord(record: Record<string, unknown>, paint: Paint): string {
  const level = String(record.level).toUpperCase();
  const fields = Object.entries(record)
    .filter(([key]) => !unprinted.has(key))
    .map(([key, value]) => paint.dim(` ${sanitize(key, false)}=${formatValue(value)}`));
  const words = [
    clockTime(record.time),
    paint.level(level, level.padEnd(5)),
    sanitize(String(record.msg), false),
  ];
  return words.filter((word) => word !== '').join(' ') + fields.join('') + formatError(record.err);
}

function clockTime(time: unknown): string {
  const date = new Date(String(time));
  return Number.isNaN(date.getTime()) ? '' : date.toTimeString().slice(0, 8);
}

function formatValue(value: unknown): string {
  if (typeof value !== 'string') return sanitize(JSON.stringify(value), false);
  const isOneWord = /^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(value) && !/["=]/.test(value);
  return isOneWord ? value : JSON.stringify(value);
}

function formatError(error: unknown): string {
  if (error === undefined || error === null) return '';
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  const text = typeof stack === 'string' && stack !== '' ? stack : String(message ?? JSON.stringify(error));
  return sanitize(text, false)
    .split('\n')
    .map((line) => `\n    ${line.trim()}`)
    .join('');
}

/** Removes control characters, except colours where they are wanted. */
function sanitize(text: string, keepColours: boolean): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  const pattern = /\x1b\[[0-9;]*m|\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
  return text.replace(pattern, (found) =>
    keepColours && found.length > 1 && found.endsWith('m') ? found : '',
  );
}

function shorten(line: string): string {
  if (line.length <= printedCharsMax) return line;
  return `${line.slice(0, printedCharsMax)} … (${line.length - printedCharsMax} more characters)`;
}
