import type { Access } from '@millrace/access';
import type { Server, ServerCapabilities, ServerOptions } from '@modelcontextprotocol/server';
import packageJson from '../../package.json' with { type: 'json' };
import type { ServiceParts } from '../context.ts';
import { TASKS_EXTENSION } from '../tasks-extension/extension.ts';
import { serveTaskMethods } from '../tasks-extension/serve-task-methods.ts';
import { instructionsFor } from './instructions.ts';
import { MillraceServer } from './millrace-server.ts';
import { serveCompletions } from './serve-completions.ts';
import { servePrompts } from './serve-prompts.ts';
import { serveResources, serveSubscriptions } from './serve-resources.ts';
import { serveTools } from './serve-tools.ts';

/** `modern` is the protocol's revision 2026-07-28, `legacy` the ones before. */
export type Era = 'modern' | 'legacy';

const INFO = { name: 'millrace', title: 'Millrace', version: packageJson.version };

const SHARED_CAPABILITIES = {
  tools: { listChanged: false },
  resources: { subscribe: true, listChanged: false },
  prompts: { listChanged: false },
  completions: {},
};
const CAPABILITIES = {
  legacy: SHARED_CAPABILITIES,
  modern: { ...SHARED_CAPABILITIES, extensions: { [TASKS_EXTENSION]: {} } },
};

/** What can be called changes with the version of this server and the scopes of the client only. */
const SELDOM_CHANGES = { ttlMs: 300_000, cacheScope: 'private' } as const;
const CACHE_HINTS = {
  'tools/list': SELDOM_CHANGES,
  'prompts/list': SELDOM_CHANGES,
  'resources/list': SELDOM_CHANGES,
  'resources/templates/list': SELDOM_CHANGES,
  'server/discover': SELDOM_CHANGES,
};

/** Creates the server for one HTTP request or one connection. */
export type CreateServer = (parts: ServiceParts, access: Access, era: Era) => Server;

/** The one server, for both eras of the protocol and both transports. */
export const createServer: CreateServer = (parts, access, era) => {
  const server = new MillraceServer(INFO, serverOptions(access, era), parts.metrics);
  serveMillrace(server, parts, access, era);
  return server;
};

export function serverOptions(
  access: Access,
  era: Era,
): ServerOptions & { capabilities: ServerCapabilities } {
  return {
    capabilities: CAPABILITIES[era],
    instructions: instructionsFor(access),
    cacheHints: CACHE_HINTS,
  };
}

/** Over HTTP this runs for every request: whatever is expensive is prepared beforehand. */
export function serveMillrace(server: Server, parts: ServiceParts, access: Access, era: Era): void {
  const context = { ...parts, caller: access.caller };
  serveTools(server, context, access);
  serveResources(server, context);
  servePrompts(server, context);
  serveCompletions(server, context);
  if (era === 'modern') serveTaskMethods(server, context, access);
  else serveSubscriptions(server, context);
}
