import type { Logger } from '@millrace/contracts';
import { isDatabaseUnavailable } from '@millrace/db';
import { refusal } from '../http/json-rpc-refusal.ts';
import { type Access, accessOf } from './access.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** Resolves with who calls, or with the answer to somebody who may not. */
export type Authenticate = (request: Request) => Promise<Access | Response>;

/** For a server without tokens, on loopback. */
export function everybody(readOnly: boolean): Authenticate {
  const access = accessOf('anybody', ['tasks:read', 'tasks:write'], readOnly);
  return async () => access;
}

/** RFC 6750: 401 without a token that is known, 403 for one that may not even read. */
export function bearerTokens(verifier: TokenVerifier, logger: Logger): Authenticate {
  return async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (!token) {
      return refuse(
        401,
        'Send a token: Authorization: Bearer <token>. `bun run mcp:token create` makes one.',
      );
    }
    try {
      const access = await verifier.verify(token);
      if (!access)
        return refuse(401, 'This token is not known, was revoked or has expired.', 'invalid_token');
      if (access.scopes.includes('tasks:read')) return access;
      return refuse(403, 'This token lacks the scope tasks:read.', 'insufficient_scope');
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      logger.warn({ err: error }, 'cannot check a token');
      return refuse(
        503,
        "Millrace's database cannot be reached to check the token; try again in a few seconds.",
      );
    }
  };
}

function refuse(status: 401 | 403 | 503, message: string, error?: string): Response {
  return refusal(status, message, { headers: headersOf(status, message, error) });
}

function headersOf(status: number, message: string, error: string | undefined): Record<string, string> {
  if (status === 503) return { 'retry-after': '3' };
  const parameters = ['realm="millrace"'];
  if (error) parameters.push(`error="${error}"`, `error_description="${message.replaceAll('"', "'")}"`);
  if (status === 403) parameters.push('scope="tasks:read"');
  return { 'www-authenticate': `Bearer ${parameters.join(', ')}` };
}
