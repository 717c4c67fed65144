import { excerpt, StrictObject } from '@millrace/contracts';
import type { TObject } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { queryOf } from './request-url.ts';
import { validateParameters, validationFailed } from './validate.ts';

const noParameters = TypeCompiler.Compile(StrictObject({}));
const INTEGER = /^-?\d{1,15}$/;

/**
 * Reads the query string: each parameter once, only known ones, numbers only as plain digits.
 *
 * @throws ProblemError 422
 */
export function readQuery<Schema extends TObject>(url: string, validator: TypeCheck<Schema>) {
  const values: Record<string, unknown> = {};
  const schema = validator.Schema();
  for (const pair of queryOf(url).split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at), null);
    const text = decode(at < 0 ? '' : pair.slice(at + 1), name);
    if (Object.hasOwn(values, name)) throw wrongParameter(name, 'is given more than once');
    const isInteger = schema.properties[name]?.type === 'integer';
    // Not an assignment: with a parameter called __proto__ that would set the prototype.
    Object.defineProperty(values, name, {
      value: isInteger && INTEGER.test(text) ? Number(text) : text,
      enumerable: true,
    });
  }
  return validateParameters(validator, values);
}

/** @throws ProblemError 422 if there are any query parameters */
export function refuseQuery(url: string): void {
  readQuery(url, noParameters);
}

function decode(text: string, name: string | null): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw wrongParameter(name ?? text, 'is not percent-encoded UTF-8; write % as %25');
  }
}

function wrongParameter(name: string, message: string) {
  return validationFailed([{ field: excerpt(name), message }]);
}
