import { INVALID_PARAMS, type RequestId } from '@modelcontextprotocol/server';

/** One subscription names no more resources than this. */
const URIS_MAX = 50;

interface Listen {
  readonly id?: RequestId;
  readonly params: { readonly notifications: Readonly<Record<string, unknown>> };
}

/**
 * Which resources a `subscriptions/listen` names, each once; undefined for any other message, and for one that is malformed, which the
 * SDK refuses.
 */
export function listenedUris(message: unknown): string[] | undefined {
  const { method, params } = Object(message) as { method?: unknown; params?: unknown };
  if (method !== 'subscriptions/listen') return undefined;
  const { notifications } = Object(params) as { notifications?: unknown };
  if (!notifications) return undefined;
  const { resourceSubscriptions: uris = [] } = Object(notifications);
  const isList = Array.isArray(uris) && uris.every((uri) => typeof uri === 'string');
  return isList ? [...new Set<string>(uris)] : undefined;
}

/** The error for a `subscriptions/listen` that names too many; undefined for any other message. */
export function refuseManyUris(message: unknown) {
  const { length } = listenedUris(message) ?? [];
  const { id } = Object(message) as { id?: RequestId };
  if (length <= URIS_MAX || id === undefined) return undefined;
  const reason = `One subscription may name up to ${URIS_MAX} resources, and this one names ${length}: split them into several subscriptions.`;
  return { jsonrpc: '2.0' as const, id, error: { code: INVALID_PARAMS, message: reason } };
}

/** The same `subscriptions/listen` for these resources only: the SDK acknowledges whatever it is asked for. */
export function listenTo<Message>(message: Message, uris: readonly string[]): Message {
  const { params } = message as Message & Listen;
  const notifications = { ...params.notifications, resourceSubscriptions: uris };
  return { ...message, params: { ...params, notifications } };
}
