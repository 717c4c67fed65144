import type { Access } from '@millrace/access';
import { isInitializeRequest, isLegacyRequest } from '@modelcontextprotocol/server';
import type { AccessControl } from '../access/authenticate.ts';
import { Rechecks } from '../access/rechecks.ts';
import type { ServiceParts } from '../context.ts';
import type { CreateServer } from '../server/create-server.ts';
import { listenTo, parseListenRequest } from '../watching/listen-request.ts';
import { Audience } from './audience.ts';
import { refusal } from './json-rpc-refusal.ts';
import { LegacySessions } from './legacy-sessions.ts';
import { createBodyReader } from './read-body.ts';
import { refuseRepeatedIds } from './request-ids.ts';
import { whileOpen } from './while-open.ts';

export interface Endpoint {
  answer(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * What answers at `/mcp`. A request of revision 2026-07-28 is self-contained; one of an earlier revision
 * belongs to the session that `initialize` opened, or is self-contained too if it names none.
 */
export function createEndpoint(
  parts: ServiceParts,
  control: AccessControl,
  createServer: CreateServer,
): Endpoint {
  const rechecks = new Rechecks();
  const sessions = new LegacySessions((access) => createServer(parts, access, 'legacy'), rechecks);
  parts.resources.makeRoom = (owner, ofAnyone) => sessions.endUnused(owner, ofAnyone);
  const audiences = new Map<string, Audience>();
  const readBody = createBodyReader();

  function audienceOf({ caller }: Access): Audience {
    const key = JSON.stringify([caller.owner, caller.sees]);
    return audiences.getOrInsertComputed(key, () => new Audience(parts, caller, createServer));
  }

  /** Only revisions up to 2025-03-26 have batches. */
  function refuseBatch(messages: readonly unknown[], access: Access): Response | undefined {
    return refuseRepeatedIds(messages) ?? control.admitOthers(access, messages.length - 1);
  }

  async function post(request: Request, access: Access): Promise<Response> {
    const body = await readBody(request, access.caller.owner);
    if (body instanceof Response) return body;
    const { value: parsedBody } = body;
    const isBatch = Array.isArray(parsedBody) && parsedBody.length > 1;
    const refusedBatch = isBatch ? refuseBatch(parsedBody, access) : undefined;
    if (refusedBatch) return refusedBatch;
    if (LegacySessions.isOf(request)) return sessions.handle(request, parsedBody, access);
    if (isInitializeRequest(parsedBody) && (await isLegacyRequest(request, parsedBody))) {
      return sessions.open(request, parsedBody, access, control.stillAllowed(request));
    }
    const { uris = [], refusal: refused } = parseListenRequest(parsedBody) ?? {};
    if (refused) return Response.json(refused, { status: 400 });
    const audience = audienceOf(access);
    if (uris.length === 0) return audience.fetch(request, parsedBody, access);
    const stillAllowed = control.stillAllowed(request);
    const { listening: subscriptions } = audience;
    return whileOpen({ uris, subscriptions, stillAllowed, rechecks }, (watched) =>
      audience.fetch(request, listenTo(parsedBody, watched), access),
    );
  }

  return {
    async answer(request) {
      const access = await control.authenticate(request);
      if (access instanceof Response) {
        parts.metrics?.refused(access.status);
        return access;
      }
      if (request.method === 'POST') return post(request, access);
      if (LegacySessions.isOf(request)) return sessions.handle(request, undefined, access);
      return refusal(405, 'Only POST is supported here; GET and DELETE need a session.', {
        headers: { allow: 'POST' },
      });
    },
    async close() {
      rechecks.close();
      await Promise.all([...audiences.values(), sessions].map((open) => open.close()));
    },
  };
}
