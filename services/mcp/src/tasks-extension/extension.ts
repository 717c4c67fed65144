import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  type ServerContext,
} from '@modelcontextprotocol/server';

/** The protocol's Tasks extension: a call answers with a handle, which the client asks about from then on. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Whether the `_meta` of a request declares it. A client says with each request what it can do; nothing is remembered. */
export function hasTasks(meta: unknown): boolean {
  const { extensions } = Object(Object(meta)[CLIENT_CAPABILITIES_META_KEY]);
  return Object(extensions)[TASKS_EXTENSION] !== undefined;
}

export function declaresTasks({ mcpReq }: ServerContext): boolean {
  return hasTasks(mcpReq.envelope);
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
