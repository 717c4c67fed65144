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

/**
 * For what makes something happen and has no key: passed over, it would let who repeats the request believe that this is safe.
 *
 * @throws ProblemError 422
 */
export function refuseIdempotencyKey(headers: Headers): void {
  if (!headers.has('idempotency-key')) return;
  const message = 'is taken by POST /tasks only; leave it out, and look before you repeat this';
  throw validationFailed([{ field: 'Idempotency-Key', message }]);
}
