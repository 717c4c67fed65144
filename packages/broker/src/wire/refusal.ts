import { type ErrorCode, errorName } from './error-codes.ts';

/** One item of a request, such as a topic to create, is not accepted; the other items go on. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string = errorName(code)) {
    super(message);
    this.code = code;
  }
}
