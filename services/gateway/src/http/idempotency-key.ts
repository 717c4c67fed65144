import { ProblemError } from './problem.ts';
import { validationFailed } from './validate.ts';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/**
 * The header `Idempotency-Key`; null without one.
 *
 * @throws ProblemError 422
 */
export function readIdempotencyKey(headers: Headers): string | null {
  const key = headers.get('idempotency-key');
  if (key === null || VISIBLE_ASCII.test(key)) return key;
  const message = 'must be 1 to 255 visible ASCII characters, without spaces, and given once';
  throw validationFailed([{ field: 'Idempotency-Key', message }]);
}

/** @param taskId a task that the earlier request made */
export function keyReused(taskId: string): ProblemError {
  const detail = `This Idempotency-Key was used with another body, which made task ${taskId}; use a new key.`;
  return new ProblemError('idempotency_key_reused', detail);
}

/**
 * For writes that do not support it: if the header were ignored, clients would think that repeating the
 * request is safe.
 *
 * @throws ProblemError 422
 */
export function refuseIdempotencyKey(headers: Headers): void {
  if (!headers.has('idempotency-key')) return;
  const message =
    'is supported by POST /tasks and POST /tasks/batch only; leave it out, and check before you repeat this request';
  throw validationFailed([{ field: 'Idempotency-Key', message }]);
}
