import { Kind, type TSchema } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { STORABLE_DEPTH_MAX, STORABLE_JSON, whyNotStorable } from './storable-json.ts';

const VALUE_LENGTH_MAX = 60;

/** What is wrong with a value, in words that say what to change; the field's name goes before it. */
export function messageOf({ type, schema, value, message }: ValueError): string {
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty:
      return 'is required';
    case ValueErrorType.ObjectAdditionalProperties:
      return unknownField(schema);
    case ValueErrorType.ObjectMaxProperties:
      return `must have at most ${schema.maxProperties} entries`;
    case ValueErrorType.ArrayMinItems:
      return `must have at least ${schema.minItems} ${schema.minItems === 1 ? 'entry' : 'entries'}`;
    case ValueErrorType.ArrayMaxItems:
      return `must have at most ${schema.maxItems} entries, got ${(value as unknown[]).length}`;
    case ValueErrorType.ArrayUniqueItems:
      return 'must not have duplicate entries';
    case ValueErrorType.StringMinLength:
      return schema.minLength === 1
        ? 'must not be empty'
        : `must have at least ${schema.minLength} characters`;
    case ValueErrorType.StringMaxLength:
      return `must have at most ${schema.maxLength} characters, got ${String(value).length}`;
    case ValueErrorType.StringPattern:
      return schema.pattern === '\\S'
        ? 'must not consist of white space only'
        : `must match ${schema.pattern}`;
    case ValueErrorType.StringFormat:
      return wrongFormat(schema.format, String(value));
    case ValueErrorType.IntegerMinimum:
    case ValueErrorType.NumberMinimum:
      return `must be at least ${schema.minimum}, got ${show(value)}`;
    case ValueErrorType.IntegerMaximum:
    case ValueErrorType.NumberMaximum:
      return `must be at most ${schema.maximum}, got ${show(value)}`;
    case ValueErrorType.Object:
      return `must be an object, got ${typeName(value)}`;
    case ValueErrorType.Array:
      return `must be an array, got ${typeName(value)}`;
    case ValueErrorType.Boolean:
      return `must be true or false, got ${typeName(value)}`;
    case ValueErrorType.String:
      return `must be a string, got ${typeName(value)}`;
    case ValueErrorType.Integer:
      return `must be an integer, got ${typeName(value)}`;
    case ValueErrorType.Number:
      return `must be a number, got ${typeName(value)}`;
    case ValueErrorType.Kind:
      if (Array.isArray(schema.enum)) return `must be one of ${schema.enum.join(', ')}, got ${show(value)}`;
      if (schema[Kind] === STORABLE_JSON) return notStorable(value);
  }
  return `is not valid: ${message.replace(/^Expected/, 'expected')}, got ${show(value)}`;
}

function unknownField(schema: TSchema): string {
  const known = Object.keys(schema.properties ?? {});
  if (known.length > 0) return `is not a known field; known fields are ${known.join(', ')}`;
  if (schema.patternProperties) return `is not a valid key (${schema.description})`;
  return 'is not a known field; no fields are accepted here';
}

function notStorable(value: unknown): string {
  switch (whyNotStorable(value)) {
    case 'text':
      return 'must not hold the character NUL or a lone surrogate (half of a \\uD800–\\uDFFF pair) in any string';
    case 'depth':
      return `must not be nested deeper than ${STORABLE_DEPTH_MAX} levels`;
    default:
      return `must be an object, got ${typeName(value)}`;
  }
}

function wrongFormat(format: string, value: string): string {
  switch (format) {
    case 'uuid':
      return `must be a UUID, got ${show(value)}`;
    case 'history-cursor':
    case 'list-cursor':
      return `must be next_cursor of the previous page, got ${show(value)}; leave it out for the first page`;
    case 'text':
      return value.includes('\u0000')
        ? 'must not hold the character NUL (\\u0000)'
        : 'must not hold a lone surrogate (half of a \\uD800–\\uDFFF pair)';
    case 'date-time':
      return `must be an RFC 3339 time with a zone, such as 2026-11-23T08:30:00Z${lostPlus(value) ? '; in a URL, write + as %2B' : ''}`;
  }
  return `must be in the format ${format}, got ${show(value)}`;
}

/** An unescaped `+` in a URL arrives as a space. */
function lostPlus(time: string): boolean {
  return /T\S+ \d\d:\d\d$/.test(time);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return kindOfNumber(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function kindOfNumber(value: number): string {
  // JSON has numbers that JavaScript reads as infinite, such as 1e400.
  if (!Number.isFinite(value)) return 'a number too large to be read';
  return Number.isInteger(value) ? 'an integer' : 'a number with a fraction';
}

/** The value itself where it is short by nature; cut before it is quoted, so that a long one costs nothing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(excerpt(value, VALUE_LENGTH_MAX));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeName(value);
}

/** Text from a request, short enough to be quoted back; the cut leaves no half of a surrogate pair. */
export function excerpt(text: string, lengthMax = 100): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
