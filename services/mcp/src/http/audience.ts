import type { Access } from '@millrace/access';
import type { Caller } from '@millrace/db';
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import type { ServiceParts } from '../context.ts';
import type { CreateServer } from '../server/create-server.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';

/** The clients of one owner that see the same tasks: changes are announced to all of them, and to nobody else. */
export interface Audience {
  fetch(request: Request, parsedBody: unknown, access: Access): Promise<Response>;
  /** Made with `subscriptions/listen`. */
  readonly listening: UriSubscriptions;
  close(): Promise<void>;
}

/**
 * The SDK notifies all who listen to a URI, whatever they may see, so each audience has a handler of its own. Owners that see all tasks
 * have separate audiences, because places for watching are counted for each owner.
 */
export class Audiences {
  readonly #open: (caller: Caller) => Audience;
  readonly #all = new Map<string, Audience>();

  constructor(parts: ServiceParts, createServer: CreateServer) {
    this.#open = (caller) => openAudience(parts, caller, createServer);
  }

  of({ caller }: Access): Audience {
    const key = JSON.stringify([caller.owner, caller.sees]);
    const audience = this.#all.get(key) ?? this.#open(caller);
    this.#all.set(key, audience);
    return audience;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all.values()].map((audience) => audience.close()));
  }
}

function openAudience(parts: ServiceParts, caller: Caller, createServer: CreateServer): Audience {
  const handler = createMcpHandler(
    ({ era, authInfo }) => {
      const access = accessIn(authInfo);
      return createServer({ ...parts, caller: access.caller }, access, era);
    },
    { onerror: ({ message }) => parts.logger.debug({ reason: message }, 'request refused or failed') },
  );
  const listening = new UriSubscriptions(parts.resources, caller, (uri) =>
    handler.notify.resourceUpdated(uri),
  );
  return {
    fetch: (request, parsedBody, access) => handler.fetch(request, { parsedBody, authInfo: infoOf(access) }),
    listening,
    async close() {
      await handler.close();
      listening.clear();
    },
  };
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
