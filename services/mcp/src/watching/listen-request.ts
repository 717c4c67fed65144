import { INVALID_PARAMS, type JSONRPCErrorResponse, type RequestId } from '@modelcontextprotocol/server';
import { hasTasks, tasksMissing } from '../tasks-extension/extension.ts';

/** One subscription names no more resources than this. */
const URIS_MAX = 50;

/** A request `subscriptions/listen`: the resources that it names, each once, or why it is refused. */
type ListenRequest =
  | { readonly uris: readonly string[]; readonly refusal?: never }
  | { readonly uris?: never; readonly refusal: JSONRPCErrorResponse };

/** Undefined for any other message, and for a request that is malformed, which the SDK refuses. */
export function parseListenRequest(message: unknown): ListenRequest | undefined {
  const { id, method, params } = Object(message) as { id?: RequestId; method?: unknown; params?: unknown };
  if (method !== 'subscriptions/listen' || id === undefined) return undefined;
  const { notifications, _meta } = Object(params);
  const { taskIds, resourceSubscriptions = [] } = Object(notifications);
  // With the extension, the acknowledgement tells the client that no ids are watched: it polls, or listens to
  // `task://…`.
  if (taskIds !== undefined && !hasTasks(_meta)) return { refusal: refusal(id, tasksMissing()) };
  const isList = Array.isArray(resourceSubscriptions) && resourceSubscriptions.every(isString);
  if (!notifications || !isList) return undefined;
  const uris = [...new Set<string>(resourceSubscriptions)];
  if (uris.length <= URIS_MAX) return { uris };
  const reason = `One subscription may name up to ${URIS_MAX} resources, and this one names ${uris.length}: split them into several subscriptions.`;
  return { refusal: refusal(id, { code: INVALID_PARAMS, message: reason }) };
}

/** The same request for these resources only: the SDK acknowledges whatever it is asked for. */
export function listenTo<Message>(request: Message, uris: readonly string[]): Message {
  const { params } = request as { params: { notifications: object } };
  const notifications = { ...params.notifications, resourceSubscriptions: uris };
  return { ...request, params: { ...params, notifications } };
}

function refusal(
  id: RequestId,
  error: { code: number; message: string; data?: unknown },
): JSONRPCErrorResponse {
  const { code, message, data } = error;
  return { jsonrpc: '2.0', id, error: { code, message, data } };
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
