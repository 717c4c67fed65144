import {
  type Access,
  bearerKey,
  challenge,
  KeyLookupOverloaded,
  type KeyVerifier,
  type OperationScope,
  openAccess,
  type RateLimiter,
} from '@millrace/access';
import { excerpt } from '@millrace/contracts';
import { isLoopbackHost } from '@millrace/runtime';
import type { GatewayContext } from '../context.ts';
import { overloaded, ProblemError } from '../http/problem.ts';
import { schemaGate } from '../http/schema-gate.ts';

/**
 * Authenticates a request and checks its scope: the first thing a route does, and its only source of the
 * caller that the verbs of packages/db need.
 *
 * @throws ProblemError 401, 403 or 429
 */
export type Authorize = (request: Request, scope: OperationScope) => Access | Promise<Access>;

export interface AccessControl {
  readonly authorize: Authorize;
  /** Whether this request would still be let in now; for long-lived answers. */
  readonly isStillAllowed: (request: Request) => boolean | Promise<boolean>;
}

/**
 * For a gateway without keys, on loopback. A web page could point its own name at its visitor's machine (DNS
 * rebinding) and read every task; the `Host` that browsers send gives it away. A client that sends none is
 * not a browser.
 */
export function everybody(): AccessControl {
  const access = openAccess('anybody');

  function authorize({ headers }: Request): Access {
    const host = headers.get('host');
    if (host !== null && !isLoopbackHost(host)) throw foreignHost(host);
    return access;
  }

  return { authorize, isStillAllowed: () => true };
}

function foreignHost(host: string): ProblemError {
  return new ProblemError(
    'host_not_allowed',
    `Without API keys this gateway serves this machine only: call it as localhost or 127.0.0.1, not "${excerpt(host)}", or set GATEWAY_AUTH=keys.`,
  );
}

interface ApiKeysOptions {
  readonly verifier: Pick<KeyVerifier, 'verify' | 'isStillGood'>;
  readonly limiter: RateLimiter;
  /** Until it is in place there may be no table of keys. */
  readonly schema: GatewayContext['schema'];
}

/** Requires a key with every request; a known one costs no statement. */
export function apiKeys({ verifier, limiter, schema }: ApiKeysOptions): AccessControl {
  const requireSchema = schemaGate(schema);

  function admit(access: Access | null, scope: OperationScope): Access {
    if (!access)
      throw unauthorized('This API key is not known, was revoked or has expired.', 'invalid_token');
    const waitMs = limiter.take(access.client, access.rate_limit);
    if (waitMs > 0) throw rateLimited(access, waitMs);
    if (!access.scopes.includes(scope)) throw forbidden(scope);
    return access;
  }

  function authorize(request: Request, scope: OperationScope): Access | Promise<Access> {
    const key = bearerKey(request.headers);
    if (key === null) {
      throw unauthorized(
        'Send an API key: Authorization: Bearer <key>. Whoever runs this service makes one with `bun run keys create`.',
      );
    }
    requireSchema();
    const access = verifier.verify(key);
    if (!(access instanceof Promise)) return admit(access, scope);
    return access.then((found) => admit(found, scope), lookupFailed);
  }

  return { authorize, isStillAllowed: ({ headers }) => verifier.isStillGood(bearerKey(headers)) };
}

function lookupFailed(error: unknown): never {
  if (!(error instanceof KeyLookupOverloaded)) throw error;
  throw overloaded('Too many unknown API keys are being tried here; try again shortly.');
}

function unauthorized(detail: string, error?: string): ProblemError {
  return new ProblemError('unauthorized', detail, {
    headers: { 'www-authenticate': challenge(error ? { error, error_description: detail } : {}) },
  });
}

function forbidden(scope: OperationScope): ProblemError {
  return new ProblemError('forbidden', `This API key lacks the scope ${scope}.`, {
    headers: { 'www-authenticate': challenge({ error: 'insufficient_scope', scope }) },
  });
}

function rateLimited({ rate_limit }: Access, waitMs: number): ProblemError {
  const seconds = String(Math.ceil(waitMs / 1_000));
  const detail = `This API key is limited to ${rate_limit} requests a minute; try again in ${seconds} s.`;
  return new ProblemError('rate_limited', detail, { headers: { 'retry-after': seconds } });
}
