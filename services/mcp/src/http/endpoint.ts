import {
  type AuthInfo,
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
} from '@modelcontextprotocol/server';
import type { Access } from '../access/access.ts';
import type { Authenticate } from '../access/authenticate.ts';
import type { McpContext } from '../context.ts';
import type { CreateServer } from '../server/create-server.ts';
import { refuseListening } from '../tasks-extension/refuse-listening.ts';
import { listenedUris } from '../watching/listened-uris.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { refusal } from './json-rpc-refusal.ts';
import { LegacySessions } from './legacy-sessions.ts';
import { readBody } from './read-body.ts';
import { whileOpen } from './while-open.ts';

export interface Endpoint {
  answer(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * What is behind `/mcp`. A request of the 2026-07-28 revision stands for itself; one of an earlier revision belongs to the session that
 * `initialize` opened, or stands for itself too if it names none.
 */
export function createEndpoint(
  context: McpContext,
  authenticate: Authenticate,
  createServer: CreateServer,
): Endpoint {
  const sessions = new LegacySessions((access) => createServer(context, access, 'legacy'));
  const modern = createMcpHandler(({ era, authInfo }) => createServer(context, accessIn(authInfo), era), {
    onerror: ({ message }) => context.logger.debug({ reason: message }, 'request refused or failed'),
  });
  const listening = new UriSubscriptions(context.resources, (uri) => modern.notify.resourceUpdated(uri));

  async function post(request: Request, access: Access): Promise<Response> {
    const body = await readBody(request);
    if (body instanceof Response) return body;
    const { value: parsedBody } = body;
    if (LegacySessions.isOf(request)) return sessions.handle(request, parsedBody, access);
    if (isInitializeRequest(parsedBody) && (await isLegacyRequest(request, parsedBody))) {
      return sessions.open(request, parsedBody, access);
    }
    const refused = refuseListening(parsedBody);
    if (refused) return Response.json(refused, { status: 400 });
    const answer = await modern.fetch(request, { parsedBody, authInfo: infoOf(access) });
    return whileOpen(answer, listenedUris(parsedBody) ?? [], listening);
  }

  return {
    async answer(request) {
      const access = await authenticate(request);
      if (access instanceof Response) {
        context.metrics?.unauthorized();
        return access;
      }
      if (request.method === 'POST') return post(request, access);
      const inSession = request.method === 'GET' || request.method === 'DELETE';
      if (inSession && LegacySessions.isOf(request)) return sessions.handle(request, undefined, access);
      return refusal(405, 'POST is what this takes; GET and DELETE belong to a session.', {
        headers: { allow: 'POST' },
      });
    },
    async close() {
      await Promise.all([modern.close(), sessions.close()]);
      listening.clear();
    },
  };
}

/** The SDK carries who calls to where the server is made, in its own form. */
function infoOf(access: Access): AuthInfo {
  return { token: '', clientId: access.client, scopes: [...access.scopes], extra: { access } };
}

function accessIn(info: AuthInfo | undefined): Access {
  const access = info?.extra?.access;
  if (!access) throw new Error('a request came this far without being authenticated');
  return access as Access;
}
