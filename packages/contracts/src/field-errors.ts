import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { excerpt, messageOf, show } from './error-message.ts';
import type { FieldError } from './problem.ts';

/** An answer lists no more than this: a body with more wrong fields is something else altogether. */
const ERRORS_MAX = 100;
/** A model pays for each with its context. */
const ARGUMENT_ERRORS_MAX = 10;
const FIELD_LENGTH_MAX = 200;

/** One message for each wrong field, in words that say what to change. Fields are JSON Pointers. */
export function fieldErrors(found: Iterable<ValueError>): FieldError[] {
  return basicErrors(found, ERRORS_MAX).map((error) => ({
    field: excerpt(error.path, FIELD_LENGTH_MAX),
    message: messageOf(error),
  }));
}

/** The same for parameters, which are text: named as they are written, without a JSON Pointer's slash and escapes. */
export function parameterErrors(found: Iterable<ValueError>): FieldError[] {
  return basicErrors(found, ERRORS_MAX).map((error) => ({
    field: nameOf(excerpt(error.path, FIELD_LENGTH_MAX)),
    message:
      error.type === ValueErrorType.Integer
        ? `must be an integer, got ${show(error.value)}`
        : messageOf(error),
  }));
}

/**
 * A sentence for each wrong argument of a tool, for models to act on: those that are missing or of the wrong
 * type come with the description in their schema.
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

/** Quoted unless it is plain: a task's error is stored, and a NUL or lone surrogate could not be. */
function argumentNameOf(pointer: string): string {
  if (pointer === '') return 'the arguments';
  const name = nameOf(excerpt(pointer, FIELD_LENGTH_MAX));
  return /^[\w./-]+$/.test(name) ? name : JSON.stringify(name);
}

/** What belongs there, where nothing usable was given; else empty. */
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
