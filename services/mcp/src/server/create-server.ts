import { Server } from '@modelcontextprotocol/server';
import packageJson from '../../package.json' with { type: 'json' };
import type { Access } from '../access/access.ts';
import type { McpContext } from '../context.ts';
import { TASKS_EXTENSION } from '../tasks-extension/extension.ts';
import { serveTaskMethods } from '../tasks-extension/serve-task-methods.ts';
import { instructionsFor } from './instructions.ts';
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

/** What there is to call changes with a new version of this server, or with what the client may do. */
const SELDOM_CHANGES = { ttlMs: 300_000, cacheScope: 'private' } as const;
const CACHE_HINTS = {
  'tools/list': SELDOM_CHANGES,
  'prompts/list': SELDOM_CHANGES,
  'resources/list': SELDOM_CHANGES,
  'resources/templates/list': SELDOM_CHANGES,
  'server/discover': SELDOM_CHANGES,
};

/**
 * The one server, for both eras of the protocol and both transports. Called for each HTTP request or once for each connection, so
 * that whatever is expensive is made beforehand.
 */
export function createServer(context: McpContext, access: Access, era: Era): Server {
  const options = {
    capabilities: CAPABILITIES[era],
    instructions: instructionsFor(access),
    cacheHints: CACHE_HINTS,
  };
  const server = new Server(INFO, options);
  serveTools(server, context, access);
  serveResources(server, context);
  servePrompts(server, context);
  serveCompletions(server, context);
  if (era === 'modern') serveTaskMethods(server, context, access);
  else serveSubscriptions(server, context);
  return server;
}
