import { ToolError } from '@millrace/tools';
import { ModelError } from '../models/model.ts';

/** How metrics and traces call what went wrong: one of few words, whatever the message says. */
export function failureCode(error: unknown): string {
  if (error instanceof ModelError || error instanceof ToolError) return error.code;
  // What stops an attempt is thrown as it is: a cause in one word, or an AbortError.
  return error instanceof Error && error.name !== 'AbortError' ? 'internal_error' : 'aborted';
}
