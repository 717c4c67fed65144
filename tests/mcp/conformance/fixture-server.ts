import type { Database } from '@millrace/db';
import { type CreateServer, type McpContext, serveMillrace, serverOptions } from '@millrace/mcp/parts';
import {
  type JSONRPCRequest,
  type RequestMethod,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { contentTools } from './fixtures/contents.ts';
import type { FixturePrompt, FixtureTool } from './fixtures/fixture.ts';
import { askingTools } from './fixtures/input.ts';
import { prompts } from './fixtures/prompts.ts';
import { listed, read, template } from './fixtures/resources.ts';
import { tools as roundTools, sealedState } from './fixtures/rounds.ts';
import { taskTools } from './fixtures/tasks.ts';

const tools: readonly FixtureTool[] = [...contentTools, ...askingTools, ...roundTools, ...taskTools];

// biome-ignore lint/suspicious/noExplicitAny: results of every method
type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<any>;

/** A server whose handlers can be wrapped. */
class WrappableServer extends Server {
  /** @param wrap gets the existing handler, and passes on to it what it does not answer itself */
  wrap(method: RequestMethod, wrap: (inner: Handler) => Handler): void {
    const inner = this._getRequestHandler(method) as Handler;
    // Inner handlers validate their input again.
    this.setRequestHandler(method, wrap(inner) as never);
  }
}

/** The product's server, with the suite's fixtures added. */
export function fixtureServer(db: Database): CreateServer {
  return (parts, access, era) => {
    const options = serverOptions(access, era);
    const capabilities = { ...options.capabilities, ...(era === 'legacy' && { logging: {} }) };
    const server = new WrappableServer(
      { name: 'millrace-conformance', version: '1.0.0' },
      { ...options, capabilities, requestState: { verify: sealedState.verify } },
    );
    serveMillrace(server, parts, access, era);
    mountTools(server, { ...parts, caller: access.caller }, db);
    mountPrompts(server);
    mountResources(server, era === 'legacy');
    return server;
  };
}

function mountTools(server: WrappableServer, context: McpContext, db: Database): void {
  server.wrap('tools/list', (inner) => async (request, ctx) => {
    const result = await inner(request, ctx);
    const shown = tools.map(({ name, description, inputSchema = { type: 'object' } }) => ({
      name,
      description,
      inputSchema,
    }));
    return { ...result, tools: [...result.tools, ...shown] };
  });
  server.wrap('tools/call', (inner) => (request, ctx) => {
    const tool = tools.find(({ name }) => name === request.params?.name);
    const args = Object(request.params?.arguments);
    return tool ? tool.run({ args, request: ctx, context, db }) : inner(request, ctx);
  });
}

function mountPrompts(server: WrappableServer): void {
  const named = (name: unknown): FixturePrompt | undefined => prompts.find((prompt) => prompt.name === name);
  server.wrap('prompts/list', (inner) => async (request, ctx) => {
    const result = await inner(request, ctx);
    return { ...result, prompts: [...result.prompts, ...prompts.map(({ get: _, ...prompt }) => prompt)] };
  });
  server.wrap('prompts/get', (inner) => async (request, ctx) => {
    const prompt = named(request.params?.name);
    return prompt ? prompt.get(Object(request.params?.arguments), ctx) : inner(request, ctx);
  });
  server.wrap('completion/complete', (inner) => async (request, ctx) => {
    const prompt = named(Object(request.params?.ref).name);
    return prompt ? { completion: { values: ['paris', 'park'], hasMore: false } } : inner(request, ctx);
  });
}

function mountResources(server: WrappableServer, subscribes: boolean): void {
  server.wrap('resources/list', (inner) => async (request, ctx) => {
    const result = await inner(request, ctx);
    return { ...result, resources: [...result.resources, ...listed] };
  });
  server.wrap('resources/templates/list', (inner) => async (request, ctx) => {
    const result = await inner(request, ctx);
    return { ...result, resourceTemplates: [...result.resourceTemplates, template] };
  });
  const isFixture = (request: JSONRPCRequest) => read(String(request.params?.uri));
  server.wrap('resources/read', (inner) => async (request, ctx) => isFixture(request) ?? inner(request, ctx));
  if (!subscribes) return;
  for (const method of ['resources/subscribe', 'resources/unsubscribe'] as const) {
    server.wrap(method, (inner) => async (request, ctx) => (isFixture(request) ? {} : inner(request, ctx)));
  }
}
