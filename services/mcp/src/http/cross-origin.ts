import {
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';
import { refusal } from './json-rpc-refusal.ts';

interface CrossOriginPolicy {
  /** Host names besides those of this machine, in lower case, without ports. */
  readonly allowedHosts: readonly string[];
  /** Origins besides those on this machine, in lower case. */
  readonly allowedOrigins: readonly string[];
}

const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * Keeps out web pages that are not allowed. A page can reach a server on its visitor's own machine, with DNS rebinding
 * even as if it came from there; `Host` and `Origin` give it away. Programs send no `Origin`.
 */
export function crossOriginGuard({ allowedHosts, allowedOrigins }: CrossOriginPolicy) {
  const hosts = [...localhostAllowedHostnames(), ...allowedHosts];
  const localOrigins = localhostAllowedOrigins();

  return async (request: Request, next: (request: Request) => Promise<Response>): Promise<Response> => {
    if (!validateHostHeader(request.headers.get('host'), hosts).ok)
      return refuse('Host', 'MCP_ALLOWED_HOSTS');
    const origin = request.headers.get('origin');
    if (origin === null) return next(request);
    const isAllowed =
      allowedOrigins.includes(origin.toLowerCase()) || validateOriginHeader(origin, localOrigins).ok;
    if (!isAllowed) return refuse('Origin', 'MCP_ALLOWED_ORIGINS');
    const response = request.method === 'OPTIONS' ? preflight(request) : await next(request);
    response.headers.set('access-control-allow-origin', origin);
    response.headers.set('access-control-expose-headers', 'mcp-session-id, www-authenticate');
    response.headers.append('vary', 'origin');
    return response;
  };
}

function refuse(header: string, variable: string): Response {
  return refusal(
    403,
    `This ${header} header is not allowed; the operator of this server can allow it with ${variable}.`,
  );
}

function preflight(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'POST, GET, DELETE',
      // The protocol's headers include ones named after a tool's arguments, so they cannot be listed.
      'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? 'content-type',
      'access-control-max-age': String(PREFLIGHT_MAX_AGE_SECONDS),
    },
  });
}
