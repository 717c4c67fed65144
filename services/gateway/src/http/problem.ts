import { type FieldError, PROBLEMS, type Problem, type ProblemCode } from '@millrace/contracts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Ends a request from anywhere in it; the error handler turns it into the answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail what was wrong and what to do about it */
  constructor(
    code: ProblemCode,
    detail: string,
    options: { errors?: FieldError[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.problem = problemOf(code, detail, options.errors);
    this.headers = options.headers ?? {};
  }
}

/** @param detail what there is too much of, for the moment */
export function overloaded(detail: string): ProblemError {
  return new ProblemError('overloaded', detail, { headers: { 'retry-after': '1' } });
}

/** @param detail what the client may do about it */
export function databaseUnavailable(detail: string): ProblemError {
  return new ProblemError('database_unavailable', detail, { headers: { 'retry-after': '1' } });
}

/** Field names come from clients, and a JSON escape can carry a lone surrogate, on which other parsers fail. */
export function problemOf(code: ProblemCode, detail: string, errors?: FieldError[]): Problem {
  const wellFormed = errors?.map(({ field, message }) => ({
    field: field.toWellFormed(),
    message: message.toWellFormed(),
  }));
  return {
    type: 'about:blank',
    ...PROBLEMS[code],
    detail: detail.toWellFormed(),
    code,
    ...(wellFormed && { errors: wellFormed }),
  };
}
