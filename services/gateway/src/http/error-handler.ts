import { type Logger, type Problem, parameterErrors } from '@millrace/contracts';
import { isDatabaseUnavailable } from '@millrace/db';
import { traceIdOf } from '@millrace/runtime';
import type { TSchema } from '@sinclair/typebox';
import type { TypeCheck } from '@sinclair/typebox/compiler';
import { ValidationError } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { PROBLEM_CONTENT_TYPE, ProblemError, problemOf } from './problem.ts';
import { pathOf } from './request-url.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { validationFailed } from './validate.ts';

const RETRY_AFTER = { 'retry-after': '1' };
/** In an outage every request fails alike: one line says it. */
const OUTAGE_LOG_INTERVAL_MS = 1000;

/** As Elysia hands it over. */
export interface Failed {
  readonly error: unknown;
  readonly request: Request;
  readonly set: { status?: number | string; headers: Record<string, string | number | undefined> };
}

/** The one place where an error becomes an answer. What a client can't mend is logged, and told without internals. */
export function createErrorHandler({
  logger,
  telemetry: { traces },
}: Pick<GatewayContext, 'logger' | 'telemetry'>) {
  let outageLoggedAt = Number.NEGATIVE_INFINITY;

  return ({ error, request, set }: Failed): Problem => {
    const { problem, headers } = asProblemError(error) ?? unexpected(error, request, set);
    set.status = problem.status;
    Object.assign(set.headers, headers, { 'content-type': PROBLEM_CONTENT_TYPE });
    return problem;
  };

  function unexpected(error: unknown, request: Request, set: Failed['set']) {
    if (isDatabaseUnavailable(error)) {
      if (performance.now() - outageLoggedAt >= OUTAGE_LOG_INTERVAL_MS) {
        outageLoggedAt = performance.now();
        logger.warn({ err: error }, 'database unavailable');
      }
      return { problem: problemOf('database_unavailable', unreachable(request)), headers: RETRY_AFTER };
    }
    const traceparent = String(set.headers.traceparent ?? traces.traceparentOf(request));
    const trace_id = traceIdOf(traceparent);
    const path = pathOf(request.url);
    logger.error({ err: error, method: request.method, path, trace_id }, 'request failed');
    const detail = `This is a defect of the service; its log has more under trace ${trace_id}.`;
    return { problem: problemOf('internal_error', detail), headers: { traceparent } };
  }
}

/** Nobody knows whether a statement that was not answered was carried out. */
function unreachable({ method, url }: Request): string {
  const detail = 'The database cannot be reached; try again shortly.';
  if (method !== 'POST') return detail;
  return pathOf(url) === '/tasks'
    ? `${detail} The task may have been stored: an Idempotency-Key makes repeating it safe.`
    : `${detail} What was asked for may have been done: look before you repeat it.`;
}

/** For the server itself, should an error get past the handler above: Bun's own answer is no problem. */
export function answerEscaped(logger: Logger) {
  return (error: unknown): Response => {
    logger.error({ err: error }, 'an error escaped');
    const problem = problemOf('internal_error', 'This is a defect of the service; its log has more.');
    return new Response(JSON.stringify(problem), {
      status: problem.status,
      headers: { ...SECURITY_HEADERS, 'content-type': PROBLEM_CONTENT_TYPE },
    });
  };
}

function asProblemError(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  // Elysia checks parameters of the path by itself.
  if (!(error instanceof ValidationError) || error.type !== 'params') return null;
  const validator = error.validator as TypeCheck<TSchema>;
  return validationFailed(parameterErrors(validator.Errors(error.value)));
}
