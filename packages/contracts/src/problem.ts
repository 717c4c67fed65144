import { type Static, Type } from '@sinclair/typebox';
import { StrictObject } from './strict-object.ts';
import { ExtensibleEnum } from './string-enum.ts';

/**
 * Every way a request can be refused, with its HTTP status and title. The code is the stable part of the answer:
 * clients decide on it, people read `detail`.
 */
export const PROBLEMS = {
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_utf8: { status: 400, title: 'The body is not UTF-8' },
  unauthorized: { status: 401, title: 'An API key is needed' },
  forbidden: { status: 403, title: 'The API key may not do this' },
  host_not_allowed: { status: 403, title: 'The request is for another host' },
  not_found: { status: 404, title: 'No such resource' },
  task_not_found: { status: 404, title: 'No such task' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  task_finished: { status: 409, title: 'The task has already ended' },
  task_not_finished: { status: 409, title: 'The task has not ended yet' },
  idempotency_key_reused: { status: 409, title: 'The idempotency key belongs to another request' },
  request_timeout: { status: 408, title: 'The body came too slowly' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  validation_failed: { status: 422, title: 'The request is not valid' },
  model_not_available: { status: 422, title: 'The model is not configured' },
  overloaded: { status: 429, title: 'Too many requests in progress' },
  rate_limited: { status: 429, title: 'Too many requests with this API key' },
  open_tasks_limit: { status: 429, title: 'Too many open tasks' },
  internal_error: { status: 500, title: 'Internal error' },
  database_unavailable: { status: 503, title: 'The database cannot be reached' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export const FieldError = StrictObject({
  field: Type.String({ description: 'JSON Pointer into the body, or the name of a parameter' }),
  message: Type.String(),
});
export type FieldError = Static<typeof FieldError>;

/** RFC 9457 `application/problem+json`. */
export const Problem = StrictObject({
  type: Type.String({ description: 'Always about:blank: `code` tells problems apart' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'What was wrong and what to do about it' }),
  code: ExtensibleEnum(
    Object.keys(PROBLEMS) as ProblemCode[],
    'Tells problems apart; later versions may add codes',
  ),
  errors: Type.Optional(Type.Array(FieldError)),
});
export type Problem = Static<typeof Problem>;
