import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  MissingRequiredClientCapabilityError,
  type ServerContext,
} from '@modelcontextprotocol/server';

/** The protocol's Tasks extension: a call answers with a handle, which the client asks about from then on. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** A client declares with each request what it can do; nothing is remembered. */
export function declaresTasks({ mcpReq }: ServerContext): boolean {
  const envelope: Record<string, unknown> = mcpReq.envelope ?? {};
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  return capabilities?.extensions?.[TASKS_EXTENSION] !== undefined;
}

/** The error for a request that uses the extension without declaring it. */
export function tasksMissing(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError({
    requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
  });
}

/** @throws MissingRequiredClientCapabilityError */
export function requireTasks(request: ServerContext): void {
  if (!declaresTasks(request)) throw tasksMissing();
}
