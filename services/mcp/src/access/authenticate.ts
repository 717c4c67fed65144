import {
  type Access,
  bearerKey,
  challenge,
  KeyLookupOverloaded,
  type KeyVerifier,
  openAccess,
  type RateLimiter,
  readOnly as withoutWriting,
} from '@millrace/access';
import type { Logger } from '@millrace/contracts';
import { isDatabaseUnavailable, isSchemaMissing } from '@millrace/db';
import { refusal } from '../http/json-rpc-refusal.ts';
import type { StillAllowed } from './rechecks.ts';

export interface AccessControl {
  /** Resolves with who calls, or with the answer to somebody who may not. */
  authenticate(request: Request): Promise<Access | Response>;
  /** For the others of a batch, whose first request was let in: undefined if they may go on, else the answer to all of it. */
  admitOthers(access: Access, count: number): Response | undefined;
  /** For what stays open after a request that was let in. Holds on to no more of it than its key. */
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

export interface BearerKeysOptions {
  readonly verifier: Pick<KeyVerifier, 'verify' | 'isStillGood'>;
  readonly limiter: RateLimiter;
  /** Nobody may write, whatever their key says. */
  readonly readOnly: boolean;
  readonly logger: Logger;
}

/** RFC 6750: 401 without a key that is known, 403 for one that may not even read; 429 for one that calls too often. */
export function bearerKeys({ verifier, limiter, readOnly, logger }: BearerKeysOptions): AccessControl {
  function limited(access: Access, count: number): Response | undefined {
    const waitMs = limiter.take(access.client, access.rate_limit, count);
    return waitMs > 0 ? tooOften(access, Math.ceil(waitMs / 1_000)) : undefined;
  }

  function admitOthers(access: Access, count: number): Response | undefined {
    // More than a minute's worth could never come: it takes all of a minute.
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
        'Send an API key: Authorization: Bearer <key>. `bun run keys create` makes one, for whoever runs this server.',
      );
    }
    try {
      return admit(await verifier.verify(key));
    } catch (error) {
      if (error instanceof KeyLookupOverloaded) {
        return later(429, 'Too many unknown API keys are being tried here; try again shortly.', 1);
      }
      if (!isDatabaseUnavailable(error) && !isSchemaMissing(error)) throw error;
      logger.warn({ err: error }, 'cannot check a key');
      return later(
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
  const message = `This API key may make ${rate_limit} requests a minute; the next one in ${seconds} s.`;
  return later(429, message, seconds);
}

function later(status: 429 | 503, message: string, seconds: number): Response {
  return refusal(status, message, { headers: { 'retry-after': String(seconds) } });
}
