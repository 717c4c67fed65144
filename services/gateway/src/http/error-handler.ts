import { type Logger, type Problem, parameterErrors } from '@millrace/contracts';
import { isDatabaseUnavailable } from '@millrace/db';
import { OutageLog, traceIdOf } from '@millrace/runtime';
import type { TSchema } from '@sinclair/typebox';
import type { TypeCheck } from '@sinclair/typebox/compiler';
import { type Context, ValidationError } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { databaseUnavailable, PROBLEM_CONTENT_TYPE, ProblemError, problemOf } from './problem.ts';
import { pathOf } from './request-url.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { validationFailed } from './validate.ts';

/** Elysia's `set`. */
type Answer = Pick<Context['set'], 'status' | 'headers'>;

/** The one place where an error becomes an answer. What a client cannot fix is logged, and answered without internals. */
export function createErrorHandler({
  logger,
  telemetry: { traces },
}: Pick<GatewayContext, 'logger' | 'telemetry'>) {
  const outage = new OutageLog(logger);

  return (error: unknown, request: Request, answer: Answer): Problem => {
    const { problem, headers } = asProblemError(error) ?? unexpected(error, request, answer);
    answer.status = problem.status;
    Object.assign(answer.headers, headers, { 'content-type': PROBLEM_CONTENT_TYPE });
    return problem;
  };

  function unexpected(error: unknown, request: Request, answer: Answer) {
    if (isDatabaseUnavailable(error)) {
      outage.warn({ err: error }, 'database unavailable');
      return databaseUnavailable(unreachable(request));
    }
    const traceparent = String(answer.headers.traceparent ?? traces.traceparentOf(request));
    const trace_id = traceIdOf(traceparent);
    const path = pathOf(request.url);
    logger.error({ err: error, method: request.method, path, trace_id }, 'request failed');
    const detail = `This is a bug in the service; its log has the details under trace ${trace_id}.`;
    return new ProblemError('internal_error', detail, { headers: { traceparent } });
  }
}

/** A statement whose answer was lost may still have been carried out. */
function unreachable({ method, url }: Request): string {
  const detail = 'The database cannot be reached; try again shortly.';
  const path = pathOf(url);
  if (method !== 'POST' || path.endsWith('/cancel')) return detail;
  const remedy =
    path === '/tasks' || path === '/tasks/batch'
      ? 'an Idempotency-Key makes repeating it safe'
      : 'check before you repeat it';
  return `${detail} The request may have been carried out: ${remedy}.`;
}

/** For errors that get past the handler above: Bun's own answer to them is not a problem document. */
export function answerUncaught(logger: Logger) {
  return (error: unknown): Response => {
    logger.error({ err: error }, 'uncaught error');
    const problem = problemOf('internal_error', 'This is a bug in the service; its log has the details.');
    return new Response(JSON.stringify(problem), {
      status: problem.status,
      headers: { ...SECURITY_HEADERS, 'content-type': PROBLEM_CONTENT_TYPE },
    });
  };
}

function asProblemError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  // Elysia validates path parameters itself.
  if (!(error instanceof ValidationError) || error.type !== 'params') return null;
  const validator = error.validator as TypeCheck<TSchema>;
  return validationFailed(parameterErrors(validator.Errors(error.value)));
}
