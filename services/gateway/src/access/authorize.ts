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
 * Who sent a request, if they may do what it asks for: the first thing that a route does, and the only way to a caller for the verbs
 * of packages/db.
 *
 * @throws ProblemError 401, 403 or 429
 */
export type Authorize = (request: Request, scope: OperationScope) => Access | Promise<Access>;

export interface AccessControl {
  readonly authorize: Authorize;
  /** Whether whoever was let in with this request would be now; for answers that go on for long. */
  readonly isStillAllowed: (request: Request) => boolean | Promise<boolean>;
}

/**
 * For a gateway without keys, on loopback. A web page can have its own name lead to its visitor's machine (DNS rebinding), and would then
 * read every task; the `Host` that browsers send gives it away. What sends none is no browser.
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
    `Without API keys this gateway is for this machine alone: call it by localhost or 127.0.0.1, not "${excerpt(host)}", or set GATEWAY_AUTH=keys.`,
  );
}

export interface ApiKeysOptions {
  readonly verifier: Pick<KeyVerifier, 'verify' | 'isStillGood'>;
  readonly limiter: RateLimiter;
  /** Until then there may be no table of keys. */
  readonly schema: GatewayContext['schema'];
}

/** Needs a key with every request; one that is known costs no statement. */
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
        'Send an API key: Authorization: Bearer <key>. `bun run keys create` makes one, for whoever runs this service.',
      );
    }
    requireSchema();
    const access = verifier.verify(key);
    if (!(access instanceof Promise)) return admit(access, scope);
    return access.then((found) => admit(found, scope), notLookedUp);
  }

  return { authorize, isStillAllowed: ({ headers }) => verifier.isStillGood(bearerKey(headers)) };
}

function notLookedUp(error: unknown): never {
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
  const detail = `This API key may make ${rate_limit} requests a minute; the next one in ${seconds} s.`;
  return new ProblemError('rate_limited', detail, { headers: { 'retry-after': seconds } });
}
