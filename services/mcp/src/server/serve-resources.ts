import { ProtocolError, ResourceNotFoundError, type Server } from '@modelcontextprotocol/server';
import { cleanText, cutToBytes } from '../content/clean-text.ts';
import type { McpContext } from '../context.ts';
import { listedResources, listedTemplates } from '../resources/catalogue.ts';
import { findResource } from '../resources/find-resource.ts';
import { ToolError } from '../tools/tool.ts';
import { UriSubscriptions } from '../watching/uri-subscriptions.ts';
import { protocolError } from './explain-failure.ts';

const URI_BYTES_MAX = 200;
/** JSON-RPC's code for errors that a server defines itself. */
const NO_ROOM = -32000;

export function serveResources(server: Server, context: McpContext): void {
  server.setRequestHandler('resources/list', () => ({ resources: listedResources }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: listedTemplates }));

  server.setRequestHandler('resources/read', async ({ params: { uri } }) => {
    const found = findResource(uri);
    if (!found) throw noSuchResource(uri);
    const { resource, variable } = found;
    try {
      await context.databases.ready();
      const text = await resource.read(context, variable);
      return { contents: [{ uri, mimeType: resource.mimeType, text }] };
    } catch (error) {
      if (error instanceof ToolError) throw new ResourceNotFoundError(uri, error.message);
      throw protocolError(error, uri, context);
    }
  });
}

/** Subscriptions of the protocol's earlier revisions: one resource each, for as long as the connection lasts. */
export function serveSubscriptions(server: Server, context: McpContext): void {
  const subscriptions = new UriSubscriptions(context.resources, context.caller, (uri) => {
    server.sendResourceUpdated({ uri }).catch(() => subscriptions.clear());
  });
  server.setRequestHandler('resources/subscribe', async ({ params: { uri } }) => {
    if (!findResource(uri)) throw noSuchResource(uri);
    const { watched, begun } = subscriptions.add(uri, [uri]);
    if (watched.length === 0) {
      throw new ProtocolError(
        NO_ROOM,
        'Too many tasks are being watched here: unsubscribe from others, or end sessions that are no longer used, and ' +
          'subscribe again; or call wait_for_task.',
      );
    }
    await begun;
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    subscriptions.remove(uri);
    return {};
  });
  server.onclose = () => subscriptions.clear();
}

/** The URI is echoed, and may be anything. */
function noSuchResource(uri: string): ResourceNotFoundError {
  return new ResourceNotFoundError(cutToBytes(cleanText(uri), URI_BYTES_MAX));
}
