import type { Access } from '@millrace/access';
import type { Caller } from '@millrace/db';
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import type { ServiceParts } from '../context.ts';
import type { CreateServer } from '../server/create-server.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';

/**
 * The clients of one owner that see the same tasks. The SDK notifies all who listen to a URI, whatever they
 * may see, so each audience has a handler of its own. Owners that see all tasks have separate audiences,
 * because places for watching are counted for each owner.
 */
export class Audience {
  readonly #handler: ReturnType<typeof createMcpHandler>;
  /** Made with `subscriptions/listen`. */
  readonly listening: UriSubscriptions;

  constructor(parts: ServiceParts, caller: Caller, createServer: CreateServer) {
    this.#handler = createMcpHandler(({ era, authInfo }) => createServer(parts, accessIn(authInfo), era), {
      onerror: ({ message }) => parts.logger.debug({ reason: message }, 'request refused or failed'),
    });
    this.listening = new UriSubscriptions(parts.resources, caller, (uri) =>
      this.#handler.notify.resourceUpdated(uri),
    );
  }

  fetch(request: Request, parsedBody: unknown, access: Access): Promise<Response> {
    return this.#handler.fetch(request, { parsedBody, authInfo: infoOf(access) });
  }

  close(): Promise<void> {
    return this.#handler.close();
  }
}

/** In the SDK's own form, in which it passes the access on to where the server is created. */
function infoOf(access: Access): AuthInfo {
  return { token: '', clientId: access.client, scopes: [...access.scopes], extra: { access } };
}

function accessIn(info: AuthInfo | undefined): Access {
  const access = info?.extra?.access;
  if (!access) throw new Error('a request came this far without being authenticated');
  return access as Access;
}
