import { CLIENT_CAPABILITIES_META_KEY, type RequestId } from '@modelcontextprotocol/server';
import { TASKS_EXTENSION, tasksMissing } from './extension.ts';

/**
 * The error for a `subscriptions/listen` that asks for news of tasks without declaring the extension; undefined for any other message.
 * A client that does declare it learns from the acknowledgement that it will get none: it polls, or listens to `task://…` resources.
 */
export function refuseTaskIds(message: unknown) {
  const { id, method, params } = Object(message) as { id?: RequestId; method?: unknown; params?: unknown };
  if (method !== 'subscriptions/listen' || id === undefined) return undefined;
  const { notifications, _meta } = Object(params);
  const asked = Object(notifications).taskIds;
  const { extensions } = Object(Object(_meta)[CLIENT_CAPABILITIES_META_KEY]);
  if (asked === undefined || Object(extensions)[TASKS_EXTENSION] !== undefined) return undefined;
  const { code, message: reason, data } = tasksMissing();
  return { jsonrpc: '2.0' as const, id, error: { code, message: reason, data } };
}
