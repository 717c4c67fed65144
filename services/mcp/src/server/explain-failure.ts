import { isDatabaseUnavailable, isPermissionDenied, isSchemaMissing } from '@millrace/db';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { cleanText } from '../content/clean-text.ts';
import type { ServiceParts } from '../context.ts';
import { ToolError } from '../tools/tool.ts';

type Logs = Pick<ServiceParts, 'logger' | 'outage'>;

/** What a client is told of a failure on the server's side. The details go to the log only. */
export function explainFailure(error: unknown, what: string, { logger, outage }: Logs): string {
  if (isDatabaseUnavailable(error)) {
    outage.warn({ err: error, what }, 'database unavailable');
    return "Millrace's database cannot be reached. No task was lost: call again in a few seconds.";
  }
  logger.error({ err: error, what }, 'failed');
  if (isSchemaMissing(error)) {
    return "Millrace's tables are not in this database yet: its operator must run `bun run migrate`, or start the gateway.";
  }
  if (isPermissionDenied(error)) {
    return "This server's database login lacks a permission that this call needs; the server's log names it. Calling again will not help.";
  }
  return 'The Millrace server failed to do this; its log names the cause. Calling again is unlikely to help.';
}

/** The error that answers a failed request other than a tool call. */
export function protocolError(error: unknown, what: string, logs: Logs): ProtocolError {
  if (error instanceof ToolError) {
    return new ProtocolError(ProtocolErrorCode.InvalidParams, cleanText(error.message));
  }
  return new ProtocolError(ProtocolErrorCode.InternalError, explainFailure(error, what, logs));
}
