import { FormatRegistry, type StringOptions, Type } from '@sinclair/typebox';

/**
 * Format `text`: what Postgres can store and UTF-8 can carry. NUL is refused by `text` and `jsonb` columns, a lone
 * surrogate by every encoder; either one would fail the whole batch it is written with.
 */
const TEXT_FORMAT = 'text';

export function isStorableText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\u0000');
}

FormatRegistry.Set(TEXT_FORMAT, isStorableText);

/** A string without NUL and without lone surrogates. Lengths count UTF-16 code units. */
export function Text(options: StringOptions = {}) {
  return Type.String({ ...options, format: TEXT_FORMAT });
}
