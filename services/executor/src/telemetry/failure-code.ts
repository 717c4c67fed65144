import { ToolError } from '@millrace/tools';
import { ModelError } from '../models/model.ts';

/** The error code for metrics and traces: of low cardinality, whatever the message says. */
export function failureCode(error: unknown): string {
  if (error instanceof ModelError || error instanceof ToolError) return error.code;
  // What aborts an attempt is thrown as is: an AbortCause, or an AbortError.
  return error instanceof Error && error.name !== 'AbortError' ? 'internal_error' : 'aborted';
}
