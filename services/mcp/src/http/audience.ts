import type { Access } from '@millrace/access';
import type { Caller } from '@millrace/db';
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import type { ServiceParts } from '../context.ts';
import type { CreateServer } from '../server/create-server.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';

/** Those of one owner who see the same tasks: what changes for one of them is told to all of them, and to nobody else. */
export interface Audience {
  fetch(request: Request, parsedBody: unknown, access: Access): Promise<Response>;
  /** Of the revision's `subscriptions/listen`. */
  readonly listening: UriSubscriptions;
  close(): Promise<void>;
}

/**
 * The SDK tells whoever listens to a URI, whatever they may see: each audience has a handler of its own. Owners that see all tasks have
 * audiences apart, for the places that are taken to watch are counted for each owner.
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

/** The SDK carries who calls to where the server is made, in its own form. */
function infoOf(access: Access): AuthInfo {
  return { token: '', clientId: access.client, scopes: [...access.scopes], extra: { access } };
}

function accessIn(info: AuthInfo | undefined): Access {
  const access = info?.extra?.access;
  if (!access) throw new Error('a request came this far without being authenticated');
  return access as Access;
}
