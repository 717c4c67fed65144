import type { TSchema } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import type { FieldError } from './problem.ts';

/** An answer lists no more than this; whoever sends more wrong fields sends something else altogether. */
const ERRORS_MAX = 100;
/** A model pays for each with its context. */
const ARGUMENT_ERRORS_MAX = 10;
const FIELD_LENGTH_MAX = 200;
const VALUE_LENGTH_MAX = 60;

/** One message for each wrong field, in words that say what to change. Fields are JSON Pointers. */
export function fieldErrors(found: Iterable<ValueError>): FieldError[] {
  return basicErrors(found, ERRORS_MAX).map((error) => ({
    field: excerpt(error.path, FIELD_LENGTH_MAX),
    message: messageOf(error),
  }));
}

/** The same, with the parameters named as they are written: without a JSON Pointer's slash and escapes. */
export function parameterErrors(found: Iterable<ValueError>): FieldError[] {
  return fieldErrors(found).map(({ field, message }) => ({ field: nameOf(field), message }));
}

/**
 * A sentence for each wrong argument of a tool, for models to act on: those that are missing or of the wrong type are
 * described as their schema has it.
 */
export function describeArgumentErrors(found: Iterable<ValueError>): string {
  return basicErrors(found, ARGUMENT_ERRORS_MAX)
    .map((error) => `${argumentNameOf(error.path)} ${messageOf(error)}${descriptionOf(error)}.`)
    .join(' ');
}

/** The first error of each field is the most basic one: "is required" comes before "must be a string". */
function basicErrors(found: Iterable<ValueError>, countMax: number): ValueError[] {
  const errors = new Map<string, ValueError>();
  for (const error of found) {
    if (!errors.has(error.path)) errors.set(error.path, error);
    if (errors.size === countMax) break;
  }
  return [...errors.values()];
}

function nameOf(pointer: string): string {
  return pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Quoted unless it is plain: what a task failed with is stored, and a NUL or lone surrogate could not be. */
function argumentNameOf(pointer: string): string {
  if (pointer === '') return 'the arguments';
  const name = nameOf(excerpt(pointer, FIELD_LENGTH_MAX));
  return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}

function messageOf({ type, schema, value, message }: ValueError): string {
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
      return `must be at least ${schema.minimum}, got ${show(value)}`;
    case ValueErrorType.IntegerMaximum:
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
    case ValueErrorType.Kind:
      if (Array.isArray(schema.enum)) return `must be one of ${schema.enum.join(', ')}, got ${show(value)}`;
  }
  return `is not valid: ${message.replace(/^Expected/, 'expected')}, got ${show(value)}`;
}

function unknownField(schema: TSchema): string {
  const known = Object.keys(schema.properties ?? {});
  if (known.length > 0) return `is not a known field; known fields are ${known.join(', ')}`;
  if (schema.patternProperties) return `is not a valid key (${schema.description})`;
  return 'is not known: nothing is taken here';
}

function wrongFormat(format: string, value: string): string {
  switch (format) {
    case 'uuid':
      return `must be a UUID, got ${show(value)}`;
    case 'text':
      return value.includes('\u0000')
        ? 'must not hold the character NUL (\\u0000)'
        : 'must not hold a lone surrogate (half of a \\uD800–\\uDFFF pair)';
    case 'date-time':
      return value.includes(' ')
        ? 'must be an RFC 3339 time without spaces; in a URL, write + as %2B'
        : 'must be an RFC 3339 time with a zone, such as 2026-11-23T08:30:00Z';
  }
  return `must be in the format ${format}, got ${show(value)}`;
}

/** What belongs there, where nothing of use was given; else empty. */
function descriptionOf({ type, schema }: ValueError): string {
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty:
    case ValueErrorType.Array:
    case ValueErrorType.Boolean:
    case ValueErrorType.Integer:
    case ValueErrorType.Number:
    case ValueErrorType.Object:
    case ValueErrorType.String: {
      const known = Object.keys(schema.properties ?? {});
      const description = schema.description ?? (known.length > 0 ? `with ${known.join(', ')}` : '');
      return description && ` (${description.replace(/\.$/, '')})`;
    }
  }
  return '';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number with a fraction';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The value itself where it is short by nature; cut before it is quoted, so that a long one costs nothing. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(excerpt(value, VALUE_LENGTH_MAX));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeName(value);
}

/** Text from a request, short enough to be quoted back; the cut leaves no half of a surrogate pair. */
function excerpt(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
