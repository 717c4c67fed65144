import {
  type Access,
  bearerKey,
  challenge,
  KeyLookupOverloaded,
  type KeyVerifier,
  openAccess,
  type RateLimiter,
  withoutWriting,
} from '@millrace/access';
import type { Logger } from '@millrace/contracts';
import { isDatabaseUnavailable, isSchemaMissing } from '@millrace/db';
import { OutageLog } from '@millrace/runtime';
import { refusal } from '../http/json-rpc-refusal.ts';
import type { StillAllowed } from './rechecks.ts';

export interface AccessControl {
  /** Resolves with the caller's access, or with the refusal. */
  authenticate(request: Request): Promise<Access | Response>;
  /** For the rest of a batch whose first request was let in: undefined if it may proceed, else the refusal of the whole. */
  admitOthers(access: Access, count: number): Response | undefined;
  /** For the stream or session that a request opened. Retains nothing of the request but its key. */
  stillAllowed(request: Request): StillAllowed;
}

/** For a server without keys, on loopback. */
export function everybody(readOnly: boolean): AccessControl {
  const access = openAccess('anybody');
  return {
    authenticate: async () => (readOnly ? withoutWriting(access) : access),
    admitOthers: () => undefined,
    stillAllowed: () => () => true,
  };
}

interface BearerKeysOptions {
  readonly verifier: KeyVerifier;
  readonly limiter: RateLimiter;
  /** Nobody may write, whatever their key says. */
  readonly readOnly: boolean;
  readonly logger: Logger;
}

/** RFC 6750: 401 without a known key, 403 for one without `tasks:read`; 429 for one that calls too often. */
export function bearerKeys({ verifier, limiter, readOnly, logger }: BearerKeysOptions): AccessControl {
  const outage = new OutageLog(logger);

  function limited(access: Access, count: number): Response | undefined {
    const waitMs = limiter.take(access.client, access.rate_limit, count);
    return waitMs > 0 ? tooOften(access, Math.ceil(waitMs / 1_000)) : undefined;
  }

  function admitOthers(access: Access, count: number): Response | undefined {
    // More than a minute's quota could never be admitted: it takes the whole quota.
    return limited(access, Math.min(count, (access.rate_limit ?? Infinity) - 1));
  }

  function admit(access: Access | null): Access | Response {
    if (!access) {
      return unauthorized('This API key is not known, was revoked or has expired.', 'invalid_token');
    }
    const refused = limited(access, 1);
    if (refused) return refused;
    if (!access.scopes.includes('tasks:read')) return forbidden();
    return readOnly ? withoutWriting(access) : access;
  }

  async function authenticate(request: Request): Promise<Access | Response> {
    const key = bearerKey(request.headers);
    if (key === null) {
      return unauthorized(
        'Send an API key: Authorization: Bearer <key>. Whoever runs this server makes one with `bun run keys create`.',
      );
    }
    try {
      return admit(await verifier.verify(key));
    } catch (error) {
      if (error instanceof KeyLookupOverloaded) {
        return retryLater(429, 'Too many unknown API keys are being tried here; try again shortly.', 1);
      }
      if (!isDatabaseUnavailable(error) && !isSchemaMissing(error)) throw error;
      outage.warn({ err: error }, 'cannot check a key');
      return retryLater(
        503,
        "Millrace's database cannot be reached to check the key; try again in a few seconds.",
        3,
      );
    }
  }

  function stillAllowed({ headers }: Request): StillAllowed {
    const key = bearerKey(headers);
    return () => verifier.isStillGood(key);
  }

  return { authenticate, admitOthers, stillAllowed };
}

function unauthorized(message: string, error?: string): Response {
  const parameters = error ? { error, error_description: message } : {};
  return refusal(401, message, { headers: { 'www-authenticate': challenge(parameters) } });
}

function forbidden(): Response {
  const message = 'This API key lacks the scope tasks:read.';
  const parameters = { error: 'insufficient_scope', error_description: message, scope: 'tasks:read' };
  return refusal(403, message, { headers: { 'www-authenticate': challenge(parameters) } });
}

function tooOften({ rate_limit }: Access, seconds: number): Response {
  const message = `This API key is limited to ${rate_limit} requests a minute; try again in ${seconds} s.`;
  return retryLater(429, message, seconds);
}

function retryLater(status: 429 | 503, message: string, seconds: number): Response {
  return refusal(status, message, { headers: { 'retry-after': String(seconds) } });
}
