import { type FieldError, fieldErrors, parameterErrors } from '@millrace/contracts';
import type { Static, TSchema } from '@sinclair/typebox';
import type { TypeCheck } from '@sinclair/typebox/compiler';
import { ProblemError } from './problem.ts';

/** @throws ProblemError 422 naming every invalid field by its JSON Pointer */
export function validateBody<Schema extends TSchema>(
  validator: TypeCheck<Schema>,
  body: unknown,
): Static<Schema> {
  if (validator.Check(body)) return body;
  throw validationFailed(fieldErrors(validator.Errors(body)));
}

/** @throws ProblemError 422 naming every invalid parameter */
export function validateParameters<Schema extends TSchema>(
  validator: TypeCheck<Schema>,
  parameters: unknown,
): Static<Schema> {
  if (validator.Check(parameters)) return parameters;
  throw validationFailed(parameterErrors(validator.Errors(parameters)));
}

/** @param errors at least one */
export function validationFailed(errors: FieldError[]): ProblemError {
  const [first] = errors;
  const detail =
    errors.length === 1 && first
      ? `${first.field || 'The body'} ${first.message}.`
      : `${errors.length} fields are invalid; errors lists them.`;
  return new ProblemError('validation_failed', detail, { errors });
}
